export interface ConfigurationParameters {
  accessToken?: string | Promise<string> | ((name?: string, scopes?: string[]) => string);
  basePath?: string;
  baseOptions?: Record<string, unknown>;
}

export class Configuration {
  accessToken?: ConfigurationParameters['accessToken'];
  basePath?: string;
  baseOptions?: Record<string, unknown>;

  constructor(param: ConfigurationParameters = {}) {
    this.accessToken = param.accessToken;
    this.basePath = param.basePath;
    this.baseOptions = param.baseOptions;
  }
}
