import { copyFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import fc from '../helpers/seeded-fast-check.ts'
import {
  baseYaml,
  createProject,
  deskYaml,
  type Project,
  pause,
  removeProject,
  replaceFile,
  SETTLE_MS,
  summaryOf,
  toolsYaml,
  watchProject,
} from './watch-bench.ts'

/** Longest pause inside one save, in ms: well below the settle time of the watch, as an editor's is. */
const INSIDE_MS = 15
/** Longest pause between two saves, in ms: sometimes each save is read by itself, sometimes not. */
const BETWEEN_MS = 150

/** How long all sequences may take on a loaded machine, in ms: each of them sometimes waits over a second. */
const LIMIT_MS = 240_000

const FILES = [
  { name: 'agents/desk.yaml', text: deskYaml },
  { name: 'agents/_base.yaml', text: baseYaml },
  { name: 'agents/_tools.yaml', text: toolsYaml },
  { name: 'agents/prompt.md', text: (word: string) => `${word}\n` },
] as const

/** Saves a text; `inside` is the pause between two writes of one save. */
type SaveWay = (
  path: string,
  text: string,
  cuts: readonly number[],
  inside: () => Promise<void>,
) => void | Promise<void>

const SAVE_WAYS: { readonly [name: string]: SaveWay } = {
  'in place': (path, text) => writeFileSync(path, text),
  renamed: replaceFile,
  async pieces(path, text, cuts, inside) {
    truncateSync(path)
    const ends = [...new Set(cuts.map((cut) => cut % text.length)), text.length].sort((one, other) => one - other)
    let begin = 0
    for (const end of ends) {
      if (begin > 0) await inside()
      writeFileSync(path, text.slice(begin, end), { flag: 'a' })
      begin = end
    }
  },
  async 'deleted before'(path, text, _cuts, inside) {
    rmSync(path)
    await inside()
    writeFileSync(path, text)
  },
  'moved away before'(path, text) {
    renameSync(path, `${path}~`)
    writeFileSync(path, text)
  },
  'a link'(path, text) {
    copyFileSync(path, `${path}.real`)
    writeFileSync(`${path}.real`, text)
    rmSync(path)
    symlinkSync(`${path}.real`, path)
  },
}

const save = fc.record({
  file: fc.constantFrom(...FILES),
  saveWay: fc.constantFrom('pieces', 'pieces', 'pieces', ...Object.keys(SAVE_WAYS)),
  word: fc.stringMatching(/^[A-Z][a-z]{3,12}$/),
  isFaulty: fc.boolean(),
  cuts: fc.array(fc.nat(400), { minLength: 1, maxLength: 4 }),
  pauseMs: fc.integer({ min: 0, max: BETWEEN_MS }),
})

test('for random saves in random ways only complete saves are loaded, and the last one always is', {
  timeout: LIMIT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(save, { minLength: 1, maxLength: 8 }), async (saves) => {
      const created = createProject()
      const watch = await watchProject(created)
      const saved: string[][] = [['Sarah'], ['Be calm.'], ['Looks up.'], ['Be brief.']]
      let longestMs = 0
      let pausedAt = Number.POSITIVE_INFINITY
      /** Measures a pause together with the write after it. */
      function measure(): void {
        longestMs = Math.max(longestMs, performance.now() - pausedAt)
        pausedAt = Number.POSITIVE_INFINITY
      }
      async function inside(): Promise<void> {
        measure()
        pausedAt = performance.now()
        await pause(INSIDE_MS)
      }
      try {
        for (const { file, saveWay, word, isFaulty, cuts, pauseMs } of saves) {
          const faulty = isFaulty && file.name !== 'agents/prompt.md'
          if (!faulty) saved[FILES.indexOf(file)]?.push(word)
          await SAVE_WAYS[saveWay]?.(
            created.path(file.name),
            faulty ? `vioce: ${word}\n` : file.text(word),
            cuts,
            inside,
          )
          measure()
          await pause(pauseMs)
        }
        // If the machine stalled inside a save, part of it stayed for so long that it counts as complete.
        fc.pre(longestMs < SETTLE_MS / 2)
        const last = await finish(created, saved)
        let summary = ''
        while (summary !== last) {
          summary = summaryOf(await watch.until('loaded'))
          expect(summary.split(' | ').map((word, index) => saved[index]?.includes(word))).toEqual(FILES.map(() => true))
        }
        expect(watch.warnings).toEqual([])
      } finally {
        await watch.close()
        removeProject(created)
      }
    }),
    { numRuns: 20, endOnFailure: true },
  )
})

/** Ends with good content in every file, the last of it new. */
async function finish({ path }: Project, saved: string[][]): Promise<string> {
  const last = ['Finally', ...saved.slice(1).map((words) => words.at(-1) ?? '')]
  for (const [index, { name, text }] of FILES.entries()) replaceFile(path(name), text(last[index] ?? ''))
  saved[0]?.push('Finally')
  return last.join(' | ')
}
