import { Axios } from 'axios';
import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Adapter } from './attempt';
import type { Gate, GatedCall } from './gate';
import { isDescription } from './request-error';

type Config = Omit<InternalAxiosRequestConfig, 'adapter' | 'transformRequest'> & {
  adapter?: Adapter;
  transformRequest?: InternalAxiosRequestConfig['transformRequest'] | undefined;
  [CALLED]?: GatedCall;
};
type Transform = (this: Config, data: unknown) => unknown;

/** On a config from the call to the gate. Enumerable, so that it survives an interceptor that copies the config. */
const CALLED = Symbol('called');
/** On what stands in the way to the gate: what it has taken the place of. */
const REPLACES = Symbol('replaces');

/** The part of an axios instance where interceptors are put on and taken off. */
export interface Interceptable {
  interceptors: AxiosInstance['interceptors'];
}

/** Puts the interceptors of one instance on; returns how to take them off. */
export function intercept({ interceptors }: Interceptable, gate: Gate): () => void {
  const { request, response } = interceptors;
  const requestId = request.use(
    (config) => {
      // Only for an instance that does not ask `runWhen`.
      if (!(config as Config)[CALLED]) enter(config, gate);
      return config;
    },
    undefined,
    {
      // axios asks this while the caller of `request()` is still on the stack: the only moment at which it
      // is certain whose request it is (G22). All that is to be done is done here, so it answers no.
      runWhen: (config) => {
        enter(config as Config, gate);
        return false;
      },
    },
  );
  const responseId = response.use(
    (answer) => sendUngated(answer, gate) ?? answer,
    (error: unknown) => {
      const { response: answer } = (error ?? {}) as { response?: AxiosResponse };
      const sent = answer && sendUngated(answer, gate);
      if (sent) return sent;
      throw error;
    },
  );
  return () => {
    request.eject(requestId);
    response.eject(responseId);
  };
}

/**
 * The entry of a request. Binds it to the session, and puts the gate in front of its adapter: as the
 * adapter itself, and once more by a last transform, which runs when every interceptor has, in case one of
 * them has replaced the adapter.
 */
function enter(config: Config, gate: Gate): void {
  if (isDescription(config.adapter)) return;
  const adapter = original(config.adapter);
  const transforms = original(config.transformRequest);
  const gated: GatedCall = { call: gate.session.call(), adapter, isInGate: false, sends: 0 };

  const gatedAdapter = (sent: Config): Promise<AxiosResponse> => {
    delete sent[CALLED];
    if (gated.isInGate) return gate.sendInner(sent as InternalAxiosRequestConfig, adapter);
    return gate.send(sent as InternalAxiosRequestConfig, gated);
  };
  const lastTransform: Transform = function (data) {
    delete this[CALLED];
    const list = this.transformRequest;
    this.transformRequest = list === gatedTransforms ? transforms : without(list, lastTransform);
    if (this.adapter !== gatedAdapter) {
      gated.adapter = this.adapter;
      this.adapter = gatedAdapter as Adapter;
    }
    return data;
  };
  const gatedTransforms = [transforms ?? [], lastTransform].flat() as Config['transformRequest'];

  config.adapter = replacing(gatedAdapter, adapter) as Adapter;
  config.transformRequest = replacing(gatedTransforms, transforms);
  config[CALLED] = gated;
}

/**
 * The safety net for a request whose adapter and transforms another interceptor has both replaced: it went
 * past the gate, without its token. When it was refused for that, it goes through the gate after all.
 */
function sendUngated(response: AxiosResponse, gate: Gate): Promise<AxiosResponse> | undefined {
  const config = response.config as Config | undefined;
  const gated = config?.[CALLED];
  if (!config || !gated || gated.isInGate || !gate.mayConcern(response)) return undefined;
  delete config[CALLED];
  gated.sends = 1;
  gated.adapter = config.adapter;
  // Without interceptors, and without the transforms of the request: they have run.
  return new Axios({}).request({
    ...config,
    transformRequest: [],
    adapter: (sent) => gate.send(sent, gated),
  });
}

function replacing<O extends object | undefined>(stand: O, replaced: unknown): O {
  if (stand) Object.defineProperty(stand, REPLACES, { value: { replaced } });
  return stand;
}

/** A config that was kept and is sent again may still hold what an earlier entry has put there. */
function original<V>(value: V): V {
  const mark = (value as { [REPLACES]?: { replaced: V } } | undefined)?.[REPLACES];
  return mark ? original(mark.replaced) : value;
}

const without = (list: unknown, transform: Transform): Config['transformRequest'] =>
  [list].flat().filter((entry) => entry !== transform) as Config['transformRequest'];
