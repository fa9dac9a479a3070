/** The one line that people write first: a header, and no renewal. */
export const headerOnly = {
  name: 'header-only interceptor',
  attach(api, { accessToken }) {
    api.interceptors.request.use((config) => {
      config.headers.set('Authorization', `Bearer ${accessToken}`);
      return config;
    });
  },
};
