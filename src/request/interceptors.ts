import { Axios } from 'axios';
import type { AxiosAdapter, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Adapter } from './attempt';
import type { Gate, GatedCall } from './gate';
import { isDescription } from './request-error';

type Config = Omit<InternalAxiosRequestConfig, 'adapter' | 'transformRequest'> & {
  adapter?: Adapter;
  transformRequest?: InternalAxiosRequestConfig['transformRequest'] | undefined;
  [CALLED]?: GatedCall;
};
type Sent = InternalAxiosRequestConfig;
type Transforms = Config['transformRequest'];
type Transform = (this: Config, data: unknown) => unknown;

/** What stands in the config of a request between its call and the gate. */
export interface Entry {
  adapter: AxiosAdapter;
  lastTransform: Transform;
}

/** On a config from the call to its answer. Enumerable, so that it survives an interceptor that copies the config. */
const CALLED = Symbol('called');
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
  const { adapter, lastTransform } = (gate.entry ??= createEntry(gate));
  const earlier = config[CALLED]?.own;
  // A config that was kept in an interceptor and is sent again holds what an earlier entry has put there.
  const own = earlier ?? {
    adapter: config.adapter === adapter ? undefined : config.adapter,
    transformRequest: without(config.transformRequest, lastTransform),
  };
  const call: GatedCall = {
    epoch: null,
    isRefresh: false,
    binding: undefined,
    adapter: own.adapter,
    own: own as GatedCall['own'],
    transforms: undefined,
    isInGate: false,
    sends: 0,
  };
  gate.session.bind(call);
  config.adapter = adapter;
  call.transforms = [own.transformRequest ?? [], lastTransform].flat() as Transforms;
  config.transformRequest = call.transforms as Transforms;
  config[CALLED] = call;
}

/** What stands in front of every adapter of one instance. The call is found on the config. */
function createEntry(gate: Gate): Entry {
  const adapter = (config: Config): Promise<AxiosResponse> => {
    const call = config[CALLED];
    if (!call) return gate.passOn(config as Sent, undefined);
    if (call.isInGate) return gate.sendInner(config as Sent, call.own.adapter);
    // Only another adapter that has been put around it may call this one again.
    if (call.adapter === call.own.adapter) delete config[CALLED];
    return gate.send(config as Sent, call);
  };
  const lastTransform: Transform = function (data) {
    const call = this[CALLED];
    if (!call) return data;
    const { transformRequest } = this;
    // The list that was there at the call, unless another interceptor has changed it.
    this.transformRequest =
      transformRequest === call.transforms
        ? call.own.transformRequest
        : without(transformRequest, lastTransform);
    if (this.adapter !== entry.adapter) {
      call.adapter = this.adapter;
      this.adapter = entry.adapter;
    }
    return data;
  };
  const entry: Entry = { adapter: adapter as AxiosAdapter, lastTransform };
  return entry;
}

/**
 * The safety net for a request whose adapter and transforms another interceptor has both replaced: it went
 * past the gate, without its token. When it was refused for that, it goes through the gate after all.
 */
function sendUngated(response: AxiosResponse, gate: Gate): Promise<AxiosResponse> | undefined {
  const config = response.config as Config | undefined;
  const call = config?.[CALLED];
  if (!config || !call || call.isInGate || !gate.mayConcern(response)) return undefined;
  delete config[CALLED];
  call.sends = 1;
  call.adapter = config.adapter;
  // Without interceptors, and without the transforms of the request: they have run.
  return new Axios({}).request({
    ...(config as Sent),
    transformRequest: [],
    adapter: (sent) => gate.send(sent, call),
  });
}

/** The list without the last transform; as it is where that is not in it. */
function without(list: Transforms, last: Transform): Transforms {
  if (!Array.isArray(list) || !list.includes(last as never)) return list;
  return list.filter((entry) => entry !== last) as Transforms;
}
