import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type LoadedAgent, readAgent } from '../../src/io/agent-file.ts'
import { openGenerationStore, storedFiles } from '../../src/io/storage/generation-store.ts'
import { readHistory } from '../../src/runner/generations/history.ts'
import { createProject, deskYaml } from '../io/watch-bench.ts'

test('each generation is compared with the last earlier one that the service did not refuse', async () => {
  const { folder, path } = createProject()
  const file = path('agents/desk.yaml')
  const store = openGenerationStore(path('.runner'), 'desk', () => {})
  const saved = [
    ['Sarah', 'confirmed'],
    ['Nobody', 'refused'],
    ['Nobody', 'refused'],
    ['Olivia', 'open'],
    ['Mark', 'open'],
  ] as const
  for (const [index, [voice, verdict]] of saved.entries()) {
    await writeFile(file, deskYaml(voice))
    const loaded = (await readAgent({ file, purpose: 'start' })) as LoadedAgent
    const made = { number: index + 1, hash: loaded.agent.hash, at: index, source: 'file', verdict }
    store.save({ ...made, file, root: loaded.root, files: storedFiles(loaded) })
  }
  await store.flushed()
  const history = (await readHistory(folder, {}, 'desk')).get('desk') ?? []
  expect((await readHistory(folder, {}, file)).get('desk')).toEqual(history)
  expect((await readHistory(folder, {}, path('agents/other.yaml'))).size).toBe(0)
  expect(history.map(({ changes }) => changes?.map(({ summary }) => summary).join() ?? null)).toEqual([
    null,
    'Sarah → Nobody',
    'Sarah → Nobody',
    'Sarah → Olivia',
    'Olivia → Mark',
  ])
})
