import axiosJwt from 'axios-jwt';

const { applyAuthTokenInterceptor, setAuthTokens } = axiosJwt;

/** It reads everything from a storage of strings; this one is in memory, as for the others. */
function createStorage() {
  const values = new Map();
  return {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
  };
}

/** Its storage is shared by the whole process. */
const storage = createStorage();

/** As its README says. It renews by the `exp` of a JWT alone: a 401 is the caller's. */
export const axiosJwtContender = {
  name: 'axios-jwt',
  attach(api, { accessToken, renew }) {
    const requestRefresh = async () => (await renew()).accessToken;
    applyAuthTokenInterceptor(api, { requestRefresh, getStorage: () => storage });
    return setAuthTokens({ accessToken, refreshToken: 'refresh' });
  },
};
