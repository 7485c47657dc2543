import { type Bench, interleave } from './bench.ts'
import { RUNNER, runNode } from './processes.ts'

export const bench: Bench = {
  title: 'runner validate of one file, the whole process',
  async run() {
    const rows = await interleave(
      [
        { name: 'node -e 0', run: () => runNode(['-e', '0']) },
        {
          name: 'runner validate agents/support.yaml',
          run: () => runNode([RUNNER, 'validate', 'agents/support.yaml']),
        },
      ],
      { rounds: 30, warmups: 3 },
    )
    return [{ title: 'time from start to exit', baseline: 'node -e 0', rows, goal: 'at most 2×' }]
  },
}
