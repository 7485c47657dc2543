import { join } from 'node:path'
import { type Bench, interleave, type Row } from './bench.ts'
import { generateAgents } from './generate-agents.ts'
import { peakMemory, RUNNER, runNode, temporaryFolder } from './processes.ts'
import { rivals } from './rivals.ts'

const FILES = 1_000
const ROUNDS = 3
/** How many files are looked at when memory is measured. */
const COUNTS = [10, 100, 1_000]

export const bench: Bench = {
  title: 'validation of many files of about 40 lines, one in ten with a mistake, the whole process',
  async run() {
    const folder = temporaryFolder()
    generateAgents(folder, FILES)
    const { rivals: others, notes } = rivals()
    const faulty = { cwd: folder, codes: [1] }
    const rows = await interleave(
      [
        { name: 'runner validate', run: () => runNode([RUNNER, 'validate', 'agents'], faulty) },
        {
          name: 'runner validate --format json',
          run: () => runNode([RUNNER, 'validate', 'agents', '--format', 'json'], faulty),
        },
        ...others.map(({ name, arguments: args, codes }) => {
          return { name, run: () => runNode(args('agents/*.yaml'), { cwd: folder, codes: codes.slice(1) }) }
        }),
      ],
      { rounds: ROUNDS },
    )
    const time = {
      title: `time for ${FILES.toLocaleString('en')} files`,
      baseline: 'runner validate',
      goal: 'runner at least 5 times as fast as the fastest of the others',
      notes: [
        ...notes,
        'the others check the shape of the YAML alone; runner reads prompts, looks at tool scripts and compiles parameters besides',
      ],
    }
    return [
      { ...time, rows },
      {
        title: 'memory at its highest',
        baseline: 'runner, 10 files',
        rows: memory(others),
        goal: 'hardly more with more files',
      },
    ]
  },
}

function memory(others: ReturnType<typeof rivals>['rivals']): readonly Row[] {
  const folders = COUNTS.map((count) => {
    const folder = join(temporaryFolder(), 'many')
    generateAgents(folder, count)
    return { count, folder }
  })
  const measured = (name: string, args: readonly string[], codes: readonly number[]) =>
    folders.map(({ count, folder }): Row => {
      const samples = Array.from({ length: 2 }, () => peakMemory(args, { cwd: folder, codes }))
      return { name: `${name}, ${count.toLocaleString('en')} files`, unit: 'MB', samples }
    })
  return [
    ...measured('runner', [RUNNER, 'validate', 'agents'], [1]),
    ...others.flatMap(({ name, arguments: args, codes }) => measured(name, args('agents/*.yaml'), codes.slice(1))),
  ]
}
