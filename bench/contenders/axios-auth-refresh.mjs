import { createAuthRefresh } from 'axios-auth-refresh';

/** As its README says: the refresh logic sets the header, a request interceptor keeps it current. */
export const axiosAuthRefresh = {
  name: 'axios-auth-refresh',
  attach(api, session) {
    let { accessToken } = session;

    const refreshAuthLogic = async (failedRequest) => {
      ({ accessToken } = await session.renew());
      failedRequest.response.config.headers['Authorization'] = `Bearer ${accessToken}`;
    };
    createAuthRefresh(api, refreshAuthLogic);

    api.interceptors.request.use((request) => {
      request.headers['Authorization'] = `Bearer ${accessToken}`;
      return request;
    });
  },
};
