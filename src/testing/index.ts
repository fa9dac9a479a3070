export { challengeAnswer, expiredAnswer } from './answers';
export { nextEvent, settled } from './events';
export { recordingStore } from './recording-store';
export { testTokens } from './tokens';

export type { MockAnswer } from './answers';
export type { Elsewhere, RecordingStore } from './recording-store';
export type { TestTokensOptions } from './tokens';
