const { createHash } = require('node:crypto');
const esbuild = require('esbuild');

/** Types are removed and not checked. The name of the sandbox is not part of the cache's key. */
module.exports = {
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update(`${esbuild.version} ${path.split('/test/')[1] ?? ''} ${source}`)
      .digest('hex'),
  process: (source, path) =>
    esbuild.transformSync(source, {
      loader: path.endsWith('x') ? 'tsx' : 'ts',
      format: 'cjs',
      target: 'node20',
      jsx: 'automatic',
      sourcefile: path,
      sourcemap: 'inline',
    }),
};
