/**
 * One session of one recipe in a process of its own, since the libraries are ESM only: it signs in with the
 * tokens that are given, sends one request, and says what came of it.
 */
const { page, recipe, secret, tokens } = JSON.parse(process.argv[2]);
const recipes = await import(page);
const { api, auth } = await recipes[recipe](secret);

await auth.signIn(tokens);
const outcome = await api.get('/profile').then(
  ({ status }) => ({ status }),
  ({ name, code, oauthError, message }) => ({ name, code, oauthError, message }),
);
process.stdout.write(JSON.stringify({ outcome, held: await auth.getTokens() }));
auth.detach();
