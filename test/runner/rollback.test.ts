import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { unsetKeyFault } from '../../src/agent/checks/edit-faults.ts'
import { type LoadedAgent, readAgent } from '../../src/io/agent-file.ts'
import { openGenerationStore, storedFiles } from '../../src/io/storage/generation-store.ts'
import { readOlderGeneration } from '../../src/runner/generations/rollback.ts'
import { createGenerations } from '../../src/runner/generations.ts'
import { createProject, deskYaml } from '../io/watch-bench.ts'

/** Two runners of one project: this one took three saves, the other passed over the second and counts the third as its second. */
async function twoRunners() {
  const { path } = createProject()
  const file = path('agents/desk.yaml')
  const read = async (voice: string) => {
    writeFileSync(file, deskYaml(voice))
    return (await readAgent({ file, purpose: 'start' })) as LoadedAgent
  }
  const [first, second, third] = [await read('Sarah'), await read('Olivia'), await read('Dennis')]
  const store = openGenerationStore(path('.runner'), 'desk', (message) => expect.fail(message))
  const save = (number: number, loaded: LoadedAgent, at: number) => {
    const { root, agent } = loaded
    const about = { number, hash: agent.hash, at, source: 'file', verdict: 'confirmed' }
    store.save({ ...about, file, root, files: storedFiles(loaded) })
  }
  save(1, first, 1)
  save(2, second, 2)
  save(3, third, 3)
  save(2, third, 4)
  const generations = createGenerations(first.agent, 1)
  for (const { agent } of [second, third]) generations.add(agent, { source: 'file', at: 2 })
  return { store, loaded: third, own: generations.entries(), inForce: generations.newest(), processFaults: () => [] }
}

test("a rollback to a number uses this process's generation, even if another process stored one under it", async () => {
  const { store, ...given } = await twoRunners()
  const older = await readOlderGeneration(store, { ...given, to: 2 })
  expect(older).toMatchObject({ kind: 'older', number: 2, next: { agent: { voice: 'Olivia' } } })
})

test('a rollback to a number unknown to this process uses the generation that another process stored', async () => {
  const { store, own, ...given } = await twoRunners()
  const older = await readOlderGeneration(store, { ...given, own: own.slice(2), to: 2 })
  expect(older).toMatchObject({ kind: 'older', number: 2, next: { agent: { voice: 'Dennis' } } })
})

test('a rollback to a generation whose key variable is unset is rejected with its diagnostic', async () => {
  const { store, ...given } = await twoRunners()
  const older = await readOlderGeneration(store, { ...given, to: 2, processFaults: (agent) => [unsetKeyFault(agent)] })
  expect(older).toMatchObject({ kind: 'rejected', diagnostics: [{ rule: 'RV902' }] })
})

test('the default rollback ignores generations of another file with the same agent name', async () => {
  const { store, loaded, ...given } = await twoRunners()
  const agent = { ...loaded.agent, file: 'elsewhere/desk.yaml' }
  const files = storedFiles(loaded).map((one) => ({ ...one, path: `elsewhere/${one.path}` }))
  const about = { number: 2, at: 5, source: 'file', verdict: 'confirmed', hash: 'e'.repeat(64) }
  store.save({ ...about, file: agent.file, root: loaded.root, files })
  const older = await readOlderGeneration(store, {
    ...given,
    loaded,
    own: [],
    inForce: { ...given.inForce, number: 4 },
    to: null,
  })
  expect(older).toMatchObject({ kind: 'older', next: { agent: { voice: 'Olivia' } } })
  const moved = { ...loaded, agent: { ...loaded.agent, file: 'moved/desk.yaml' } }
  const lost = await readOlderGeneration(store, {
    ...given,
    loaded: moved,
    own: [],
    inForce: { ...given.inForce, number: 4 },
    to: null,
  })
  expect(lost).toMatchObject({
    kind: 'unusable',
    message: expect.stringContaining('without a text of moved/desk.yaml'),
  })
})
