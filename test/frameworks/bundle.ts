import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from '../docs/snippets';
import { libraries } from './install';
import { writeRecipes, type Recipes } from './recipes';

const ENTRY = `
  import { mount } from './mount/NAME.mjs';
  export * from './session.mjs';
  let unmount;
  export const show = async () => {
    unmount = await mount(document.getElementById('root'));
  };
  export const hide = () => unmount();
`;

/**
 * One recipe as a browser gets it: the global `page` has the session, and shows and hides the recipe.
 *
 * @param name of the file in mount/
 */
export async function bundleRecipe(name: string): Promise<string> {
  const recipes = writeRecipes();
  const { outputFiles } = await build({
    stdin: {
      contents: ENTRY.replace('NAME', name),
      resolveDir: __dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'page',
    target: 'es2022',
    jsx: 'automatic',
    conditions: ['browser', 'production'],
    nodePaths: [libraries],
    define: { 'process.env.NODE_ENV': '"production"', ngDevMode: 'false' },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    alias: {
      axios: join(root, 'node_modules/axios'),
      // One React for the recipe and for the entry of the package.
      react: join(libraries, 'react'),
      'react-dom': join(libraries, 'react-dom'),
      'axios-auth-interceptors/react': join(root, 'src/react/index.ts'),
      'axios-auth-interceptors': join(root, 'src/index.ts'),
    },
    plugins: [fromPage(recipes), svelteComponents()],
    logLevel: 'error',
  }).finally(recipes.remove);
  return outputFiles[0]?.text ?? '';
}

/** The files of the page, under `page:`; those that import `./session` get the one that is watched. */
const fromPage = ({ folder }: Recipes): Plugin => ({
  name: 'files of the page',
  setup(host) {
    host.onResolve({ filter: /^page:/ }, ({ path }) => ({ path: join(folder, path.slice(5)) }));
    host.onResolve({ filter: /^\.\/session$/ }, ({ resolveDir }) =>
      // The package has a file of this name too.
      resolveDir.startsWith(join(root, 'src')) ? null : { path: join(__dirname, 'session.mjs') },
    );
  },
});

interface SvelteCompiler {
  compile(code: string, options: { filename: string }): { js: { code: string } };
}

function svelteComponents(): Plugin {
  const { compile } = jest.requireActual<SvelteCompiler>(
    join(libraries, 'svelte/compiler/index.js'),
  );
  return {
    name: 'components of Svelte',
    setup(host) {
      host.onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
        contents: compile(readFileSync(path, 'utf8'), { filename: path }).js.code,
        loader: 'js',
      }));
    },
  };
}
