import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import JSDOMEnvironment from 'jest-environment-jsdom';

/** A page of jsdom that can be moved to the origin of a server, whose port is known only when it listens. */
export default class PageEnvironment extends JSDOMEnvironment {
  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    Object.assign(this.global, { setImmediate, clearImmediate, TextEncoder, TextDecoder });
    this.global.movePage = (url: string) => {
      this.dom?.reconfigure({ url });
      // What its XMLHttpRequest compares with, and reconfigure leaves behind.
      Object.assign(this.global, { _origin: new URL(url).origin });
    };
  }
}
