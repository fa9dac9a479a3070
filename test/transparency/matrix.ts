import type { AxiosInstance } from 'axios';
import type { Dimension, Draft } from './dimensions';
import type { Scenario, Trait, World } from './run';
import { pairwise, randomOf } from './pairwise';

/** One call for each row of choices: every two choices of two dimensions come together in one of them. */
export function matrix(dimensions: readonly Dimension[], seed: number): Scenario[] {
  const sizes = dimensions.map(({ choices }) => choices.length);
  return pairwise(sizes, randomOf(seed)).map((row) => cellOf(dimensions, row));
}

function cellOf(dimensions: readonly Dimension[], row: readonly number[]): Scenario {
  const chosen = dimensions.map(({ choices }, at) => choices[row[at] ?? 0]!);
  const drafts = new WeakMap<World, Draft>();
  const draftOf = (world: World): Draft => {
    let draft = drafts.get(world);
    if (!draft) {
      draft = emptyDraft();
      for (const { add } of chosen) add(draft, world);
      drafts.set(world, draft);
    }
    return draft;
  };
  return {
    name: dimensions.map(({ name }, at) => `${name}: ${chosen[at]?.name ?? ''}`).join(' · '),
    traits: [...new Set(chosen.flatMap(({ traits = [] }): Trait[] => traits))],
    before: (api, world) => prepare(api, draftOf(world).before),
    after: (api, world) => prepare(api, draftOf(world).after),
    call(api, world) {
      const draft = draftOf(world);
      const answer = draft.call(api, draft);
      draft.meanwhile();
      return answer;
    },
  };
}

const emptyDraft = (): Draft => ({
  method: 'get',
  path: '/json',
  data: undefined,
  config: {},
  before: [],
  after: [],
  meanwhile: () => undefined,
  call() {
    throw new Error('No dimension says how to call.');
  },
});

function prepare(api: AxiosInstance, steps: readonly ((api: AxiosInstance) => void)[]): void {
  for (const step of steps) step(api);
}
