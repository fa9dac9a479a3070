import axios from 'axios';

const [, minor = 0] = axios.VERSION.split('.').map(Number);

/** What came to axios after the oldest version that is supported; a test of it says which one it needs. */
export const axiosHas = {
  /** `allowAbsoluteUrls` decides whether an absolute URL wins over baseURL. */
  allowAbsoluteUrls: minor >= 8,
  /** The fetch adapter does not follow redirects with `maxRedirects: 0`. */
  fetchMaxRedirects: minor >= 20,
  /** toJSON shows the config of an error that fetch led to. */
  fetchErrorConfig: minor >= 13,
};
