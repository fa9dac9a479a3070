import { AxiosError, AxiosHeaders } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../../../src/index';
import { transformOutcome } from '../../../src/request/transform';

const config = (transformResponse?: InternalAxiosRequestConfig['transformResponse']) =>
  ({ headers: new AxiosHeaders(), ...(transformResponse && { transformResponse }) }) as never;

const answer = (data: unknown): AxiosResponse => ({
  data,
  status: 200,
  statusText: 'OK',
  headers: {},
  config: config(),
});
const upper = (data: string): string => data.toUpperCase();
const refused = { response: answer('refused') };

describe('the outcome of a late replay', () => {
  it('G16: goes through one transform or several, once', async () => {
    const one = await transformOutcome(Promise.resolve(answer('a')), config(upper), refused);
    const twice = [upper, (data: string) => `${data}!`];
    const two = await transformOutcome(Promise.resolve(answer('a')), config(twice), refused);
    expect([one.data, two.data]).toEqual(['A', 'A!']);
  });

  it('G16: stays as it is where there are no transforms', async () => {
    const outcome = await transformOutcome(Promise.resolve(answer('a')), config(), refused);
    expect(outcome.data).toBe('a');
  });

  it('G16: is not transformed again where it is the answer that was refused', async () => {
    const outcome = Promise.resolve(refused.response);
    expect((await transformOutcome(outcome, config(upper), refused)).data).toBe('refused');
  });

  it('G16: is transformed within an error too', async () => {
    const response = answer('a');
    const error = new AxiosError('no', 'ERR', config(), undefined, response);
    const outcome = transformOutcome(Promise.reject(error), config(upper), refused);
    await expect(outcome).rejects.toBe(error);
    expect(response.data).toBe('A');
  });

  it.each([
    ['without an answer', new AxiosError('no')],
    ['of a session', new AuthError('ERR_AUTH_SIGNED_OUT', 'x', { response: answer('a') })],
  ])('G16: is handed on where it is an error %s', async (_, error) => {
    const outcome = transformOutcome(Promise.reject(error), config(upper), refused);
    await expect(outcome).rejects.toBe(error);
    if (error.response) expect(error.response.data).toBe('a');
  });
});
