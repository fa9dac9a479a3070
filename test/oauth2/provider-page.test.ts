import { withoutWidths } from '../support/generated-part';
import { PROVIDER_ANSWERS } from './provider-answers';
import { makeTable, part } from './provider-table';

test('the page about providers shows the answers of this table', () => {
  const table = makeTable(PROVIDER_ANSWERS);
  // `UPDATE_PROVIDERS=1 npx jest test/oauth2/provider-page` writes it.
  if (process.env.UPDATE_PROVIDERS) part.write(table);
  expect(withoutWidths(part.text)).toBe(withoutWidths(table));
});
