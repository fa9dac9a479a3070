import { resolve } from 'node:path';
import { openStage } from '../runtimes/stage';
import { startRedis } from '../redis/redis-server';
import { dependencyOf, folderOf, versionsOf, type Peer } from './install';
import { BUILDS, type Build, type Packages, type Workshop } from './places';
import type { Found } from './tell';

/** What there is to run, for each peer with all of its versions, in the order of the table. */
export const PEERS = ['axios', 'react', 'redis', 'ioredis'] as const;

export type PeerName = (typeof PEERS)[number];

const ofRoot = (name: string): string => resolve(__dirname, '../../node_modules', name);

export const CASES = PEERS.flatMap((name) =>
  versionsOf(name).flatMap((peer) =>
    (Object.keys(BUILDS) as Build[]).map((build) => ({ name, peer, build })),
  ),
);

type Runner = (workshop: Workshop, peer: Peer, build: Build) => Promise<Found>;

export const RUNNERS: Record<PeerName, Runner> = {
  async axios(workshop, { alias }, build) {
    const stage = await openStage('http');
    try {
      const linked = { axios: folderOf(alias) };
      return await workshop.run('axios', build, { linked }, stage.assignment);
    } finally {
      await stage.close();
    }
  },
  react: (workshop, { alias }, build) => workshop.run('react', build, reactOf(alias), {}),
  redis: runRedis('redis'),
  ioredis: runRedis('ioredis'),
};

/** React DOM looks for React beside itself. */
function reactOf(alias: string): Packages {
  const dom = alias.replace('react', 'react-dom');
  return {
    linked: { axios: ofRoot('axios'), jsdom: ofRoot('jsdom') },
    copied: {
      react: folderOf(alias),
      'react-dom': folderOf(dom),
      scheduler: dependencyOf(dom, 'scheduler'),
    },
  };
}

function runRedis(name: 'redis' | 'ioredis'): Runner {
  return async (workshop, { alias }, build) => {
    const server = await startRedis();
    try {
      const linked = { axios: ofRoot('axios'), [name]: folderOf(alias) };
      return await workshop.run(name, build, { linked }, { port: server.port });
    } finally {
      await server.stop();
    }
  };
}
