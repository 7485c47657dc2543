import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, interleave, type Row } from './bench.ts'
import { generateAgents } from './generate-agents.ts'
import { type Launch, peakMemory, processorTime, RUNNER, runNode, temporaryFolder } from './processes.ts'
import { installRivals, parseOnlyArguments } from './rivals.ts'

const FILES = 1_000
const ROUNDS = 3
/** Left out of processor times: v8r takes most of a minute. */
const SLOW = 'v8r'
/** Numbers of files for which memory is measured; the last one only for ours. */
const COUNTS = [10, 100, 1_000, 4_000]
/** How long a file must be unchanged for its findings to be cached, in ms, with a margin. */
const SETTLED_MS = 2_500

const OURS = [RUNNER, 'validate', 'agents']
/** The row that the others are compared with. */
const FIRST = 'ours, first run: every file checked'

export const bench: Bench = {
  title: 'validation of many files of about 40 lines, one in ten with a mistake, the whole process',
  async run() {
    const [folder, known] = [temporaryFolder(), temporaryFolder()]
    for (const each of [folder, known]) generateAgents(each, FILES)
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
    const { rivals: others, notes } = installRivals()
    const launch = { cwd: folder, codes: [1] }
    const programs: readonly Program[] = [
      { name: FIRST, args: OURS, launch, prepare: () => removeCache(folder) },
      { name: 'ours, nothing changed since the run before', args: OURS, launch: { ...launch, cwd: known } },
      ...others.map(({ name, arguments: args, codes }) => {
        return { name, args: args('agents/*.yaml'), launch: { ...launch, codes: codes.slice(1) } }
      }),
      ...(others.length === 0
        ? []
        : [
            {
              name: 'js-yaml alone: read and parsed, nothing checked',
              args: parseOnlyArguments('agents'),
              launch: { ...launch, codes: [0] },
            },
          ]),
    ]
    const quick = programs.filter(({ name }) => name !== SLOW)
    const cases = (each: typeof programs, run: (args: readonly string[], launch: Launch) => unknown) =>
      each.map(({ args, launch, ...rest }) => ({ ...rest, run: () => run(args, launch) }))
    const wall = await interleave(cases(programs, runNode), { rounds: ROUNDS })
    const processors = await interleave(cases(quick, processorTime), { rounds: 2 * ROUNDS })
    const files = `${FILES.toLocaleString('en')} files`
    const goal = 'ours at least 5 times as fast as the fastest of the others'
    const time = { baseline: FIRST, goal }
    return [
      {
        title: `time from start to exit for ${files}`,
        ...time,
        rows: wall,
        notes: [
          ...notes,
          'the others check the shape of the YAML alone; ours reads prompts, looks at tool scripts and judges parameters besides',
          'none of the others keeps what it found',
        ],
      },
      { title: `time on processors for ${files}`, ...time, rows: processors },
      {
        title: 'memory at its highest',
        baseline: 'ours, 10 files',
        rows: memory(others),
        goal: 'hardly more with more files',
      },
    ]
  },
}

/** Removes the cache of earlier runs. */
function removeCache(folder: string): void {
  rmSync(join(folder, '.runner'), { recursive: true, force: true })
}

interface Program {
  readonly name: string
  readonly args: readonly string[]
  readonly launch: Launch
  readonly prepare?: () => void
}

function memory(others: ReturnType<typeof installRivals>['rivals']): readonly Row[] {
  const folders = COUNTS.map((count) => {
    const folder = join(temporaryFolder(), 'many')
    generateAgents(folder, count)
    return { count, folder }
  })
  const measured = (name: string, args: readonly string[], codes: readonly number[], counts = folders) =>
    counts.map(({ count, folder }): Row => {
      const samples = Array.from({ length: 2 }, () => {
        removeCache(folder)
        return peakMemory(args, { cwd: folder, codes })
      })
      return { name: `${name}, ${count.toLocaleString('en')} files`, unit: 'MB', samples }
    })
  return [
    ...measured('ours', OURS, [1]),
    ...others.flatMap(({ name, arguments: args, codes }) =>
      measured(name, args('agents/*.yaml'), codes.slice(1), folders.slice(0, -1)),
    ),
  ]
}
