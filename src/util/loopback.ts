const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** True for a host that is this machine: plain http to it can be read by nobody else. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);
