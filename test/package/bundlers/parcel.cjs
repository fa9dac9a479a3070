/** Bundles main.js with Parcel, which does not read `exports` unless its configuration says so. */
const { Parcel } = require('@parcel/core');

const bundler = new Parcel({
  entries: 'main.js',
  defaultConfig: '@parcel/config-default',
  mode: 'production',
  shouldDisableCache: true,
  shouldAutoInstall: false,
  targets: {
    main: {
      context: 'node',
      distDir: 'out-parcel',
      distEntry: 'parcel.out.cjs',
      engines: { node: '>=20' },
      includeNodeModules: true,
      outputFormat: 'commonjs',
      optimize: false,
      sourceMap: false,
    },
  },
});

bundler.run().catch((error) => {
  console.error(JSON.stringify(error.diagnostics ?? String(error), null, 2));
  process.exitCode = 1;
});
