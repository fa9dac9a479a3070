/** node metro.cjs metro-0.81 metro-config-0.81: bundles main.js as React Native 0.76 does, without package exports. */
const { mkdirSync, writeFileSync } = require('node:fs');
const { builtinModules } = require('node:module');
const { join } = require('node:path');

const [, , metro, metroConfig] = process.argv;
const Metro = require(metro);
const { getDefaultConfig, mergeConfig } = require(metroConfig);

// The entries for Node import its modules, which Metro does not know.
const shims = join(__dirname, `shims-${metro}`);
mkdirSync(shims);
for (const name of builtinModules) {
  const shim = join(shims, `${name.replaceAll('/', '-')}.js`);
  writeFileSync(shim, `module.exports = globalThis.requireOfNode('node:${name}');\n`);
}
const shimOf = (name) => join(shims, `${name.slice('node:'.length).replaceAll('/', '-')}.js`);

async function build() {
  const config = mergeConfig(await getDefaultConfig(__dirname), {
    projectRoot: __dirname,
    watchFolders: [__dirname],
    reporter: { update: () => {} },
    cacheStores: [],
    maxWorkers: 1,
    resolver: {
      resolverMainFields: ['react-native', 'browser', 'main'],
      unstable_enablePackageExports: false,
      useWatchman: false,
      resolveRequest: (context, name, platform) =>
        name.startsWith('node:')
          ? { type: 'sourceFile', filePath: shimOf(name) }
          : context.resolveRequest(context, name, platform),
    },
    transformer: {
      getTransformOptions: () => ({
        transform: { experimentalImportSupport: true, inlineRequires: false },
      }),
    },
  });
  const options = { entry: 'main.js', dev: false, minify: false, platform: 'android' };
  const { code } = await Metro.runBuild(config, options);
  writeFileSync(`${metro}.out.cjs`, `globalThis.requireOfNode = require;\n${code}`);
}

build().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
