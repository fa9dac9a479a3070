const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** True for a host that no network lies before: plain http to it can be read by nobody else (G3). */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);
