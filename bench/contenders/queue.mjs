/** The `isRefreshing` flag and `failedQueue` array that tutorials teach. */
export const queue = {
  name: 'isRefreshing queue',
  attach(api, session) {
    let { accessToken } = session;
    let isRefreshing = false;
    let failedQueue = [];

    const processQueue = (error, token) => {
      for (const { resolve, reject } of failedQueue) {
        if (error) reject(error);
        else resolve(token);
      }
      failedQueue = [];
    };

    api.interceptors.request.use((config) => {
      config.headers.set('Authorization', `Bearer ${accessToken}`);
      return config;
    });

    api.interceptors.response.use(
      (response) => response,
      async (error) => {
        const original = error.config;
        if (error.response?.status !== 401 || original._retry) throw error;
        original._retry = true;

        if (isRefreshing) {
          const token = await new Promise((resolve, reject) => {
            failedQueue.push({ resolve, reject });
          });
          original.headers.set('Authorization', `Bearer ${token}`);
          return api(original);
        }

        isRefreshing = true;
        try {
          ({ accessToken } = await session.renew());
          processQueue(null, accessToken);
          original.headers.set('Authorization', `Bearer ${accessToken}`);
          return api(original);
        } catch (refreshError) {
          processQueue(refreshError, null);
          throw refreshError;
        } finally {
          isRefreshing = false;
        }
      },
    );
  },
};
