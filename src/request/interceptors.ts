import { Axios } from 'axios';
import type { AxiosAdapter, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { DESCRIBES, type Adapter } from './attempt';
import { GatedCall, type Gate } from './gate';

type Config = Omit<InternalAxiosRequestConfig, 'adapter' | 'transformRequest'> & {
  adapter?: Adapter;
  transformRequest?: InternalAxiosRequestConfig['transformRequest'] | undefined;
  [CALL_OF_CONFIG]?: GatedCall;
};
type Sent = InternalAxiosRequestConfig;
type Transforms = Config['transformRequest'];
type Transform = (this: Config, data: unknown) => unknown;

/** On the adapter that stands in front of the others: its call. */
const CALL_OF_ADAPTER = Symbol('call');
/** Marks the last transform. */
const LAST = Symbol('last transform');

/** On a config, from the call to the gate. Enumerable: an interceptor may copy the config. */
const CALL_OF_CONFIG = Symbol('called');

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
      if (!(config as Config)[CALL_OF_CONFIG]) enter(config, gate);
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
    // Another interceptor may have put nothing in the place of the answer.
    (answer: AxiosResponse | null) =>
      ((answer && sendUngated(answer, gate)) ?? answer) as AxiosResponse,
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
  const { adapter } = config;
  // The config of an AuthError.
  if (typeof adapter === 'function' && DESCRIBES in adapter) return;
  const call = createCall(config, gate);
  config.adapter = gatedAdapter(call, gate);
  config.transformRequest = call.transforms;
  config[CALL_OF_CONFIG] = call;
}

/** A config that was kept and is sent again may hold what an earlier entry has put there, of any instance. */
function createCall({ adapter, transformRequest }: Config, gate: Gate): GatedCall {
  const earlier = earlierCall(adapter);
  const isOurs = earlier && transformRequest === earlier.transforms;
  const own = isOurs ? earlier.transformsAtCall : without(transformRequest);
  gate.lastTransform ??= createLast(gate);
  const list = own ?? [];
  // Spread, as `flat()` takes many times as long.
  const transforms = [...(Array.isArray(list) ? list : [list]), gate.lastTransform] as Transforms;
  const adapterAtCall = earlier ? earlier.adapterAtCall : adapter;
  return gate.session.bind(new GatedCall(adapterAtCall, own, transforms));
}

/** A function for each call, so that no interceptor that copies the config can lose the call. */
function gatedAdapter(call: GatedCall, gate: Gate): AxiosAdapter {
  const adapter = (config: Config): Promise<AxiosResponse> => {
    delete config[CALL_OF_CONFIG];
    return call.hasEntered ? gate.sendInner(config as Sent, call) : gate.send(config as Sent, call);
  };
  (adapter as Gated)[CALL_OF_ADAPTER] = call;
  return adapter as AxiosAdapter;
}

function createLast(gate: Gate): Transform {
  const lastTransform: Transform = function (data) {
    const { adapter, transformRequest } = this;
    const call = this[CALL_OF_CONFIG] ?? earlierCall(adapter) ?? createCall(this, gate);
    delete this[CALL_OF_CONFIG];
    // The list that was there at the call, unless another interceptor has changed it.
    this.transformRequest =
      transformRequest === call.transforms ? call.transformsAtCall : without(transformRequest);
    call.transforms = undefined;
    if (earlierCall(adapter) === call) return data;
    call.adapter = adapter;
    this.adapter = gatedAdapter(call, gate);
    return data;
  };
  return Object.assign(lastTransform, { [LAST]: true });
}

interface Gated {
  [CALL_OF_ADAPTER]?: GatedCall;
}

const earlierCall = (adapter: Adapter): GatedCall | undefined =>
  typeof adapter === 'function' ? (adapter as Gated)[CALL_OF_ADAPTER] : undefined;

/**
 * The safety net for a request whose adapter and transforms another interceptor has both replaced: it went
 * past the gate, without its token. When it was refused for that, it goes through the gate after all.
 */
function sendUngated(response: AxiosResponse, gate: Gate): Promise<AxiosResponse> | undefined {
  const config = response.config as Config | undefined;
  const call = config?.[CALL_OF_CONFIG];
  if (!config || !call || call.hasEntered || !gate.mayConcern(response)) return undefined;
  delete config[CALL_OF_CONFIG];
  call.sends = 1;
  call.adapter = config.adapter;
  // Without interceptors, and without the transforms of the request: they have run.
  return new Axios({}).request({
    ...(config as Sent),
    transformRequest: [],
    adapter: (sent) => gate.send(sent, call),
  });
}

/** The list without a last transform; as it is where there is none in it. */
function without(list: Transforms): Transforms {
  const isLast = (entry: object): boolean => LAST in entry;
  return Array.isArray(list) && list.some(isLast) ? list.filter((entry) => !isLast(entry)) : list;
}
