import { testClients } from './client-suite';
import { testSessions } from './session-suite';
import { ODD_SECRET, webClient } from './world';

testSessions('jmondi');
testClients('jmondi', [
  // It takes the credentials of the header as they are, against RFC 6749 §2.3.1.
  webClient('client_secret_basic', 'plain-secret'),
  webClient('client_secret_post', `${ODD_SECRET}é€`),
  webClient('none'),
]);
