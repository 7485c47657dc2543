import { copyFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import fc from '../helpers/seeded-fast-check.ts'
import {
  base,
  desk,
  list,
  type Project,
  pause,
  project,
  remove,
  replace,
  SETTLE_MS,
  sayings,
  watching,
} from './watching.ts'

/** Longest pause inside one save, in ms: well below the settle time of the watch, as an editor's is. */
const INSIDE_MS = 15
/** Longest pause between two saves, in ms: sometimes the watch gets to them one by one, sometimes not. */
const BETWEEN_MS = 150

/** How long all sequences may take on a loaded machine, in ms: each of them waits for a good second now and then. */
const LIMIT_MS = 240_000

const FILES = [
  { name: 'agents/desk.yaml', text: desk },
  { name: 'agents/_base.yaml', text: base },
  { name: 'agents/_tools.yaml', text: list },
  { name: 'agents/prompt.md', text: (word: string) => `${word}\n` },
] as const

/** Saves a text; `inside` is the pause between two writes of one save. */
type Way = (path: string, text: string, cuts: readonly number[], inside: () => Promise<void>) => void | Promise<void>

const WAYS: { readonly [name: string]: Way } = {
  'in place': (path, text) => writeFileSync(path, text),
  renamed: replace,
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
  way: fc.constantFrom('pieces', 'pieces', 'pieces', ...Object.keys(WAYS)),
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
      const made = project()
      const watch = await watching(made)
      const whole: string[][] = [['Sarah'], ['Be calm.'], ['Looks up.'], ['Be brief.']]
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
        for (const { file, way, word, isFaulty, cuts, pauseMs } of saves) {
          const faulty = isFaulty && file.name !== 'agents/prompt.md'
          if (!faulty) whole[FILES.indexOf(file)]?.push(word)
          await WAYS[way]?.(made.path(file.name), faulty ? `vioce: ${word}\n` : file.text(word), cuts, inside)
          measure()
          await pause(pauseMs)
        }
        // A machine that stood still inside a save has left a piece of it for so long that it counts as whole.
        fc.pre(longestMs < SETTLE_MS / 2)
        const last = await finish(made, whole)
        let said = ''
        while (said !== last) {
          said = sayings(await watch.until('loaded'))
          expect(said.split(' | ').map((word, index) => whole[index]?.includes(word))).toEqual(FILES.map(() => true))
        }
        expect(watch.warnings).toEqual([])
      } finally {
        await watch.close()
        remove(made)
      }
    }),
    { numRuns: 20, endOnFailure: true },
  )
})

/** Ends with good content in every file, the last of it new. */
async function finish({ path }: Project, whole: string[][]): Promise<string> {
  const last = ['Finally', ...whole.slice(1).map((words) => words.at(-1) ?? '')]
  for (const [index, { name, text }] of FILES.entries()) replace(path(name), text(last[index] ?? ''))
  whole[0]?.push('Finally')
  return last.join(' | ')
}
