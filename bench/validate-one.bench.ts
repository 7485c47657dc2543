import { type Bench, interleave } from './bench.ts'
import { RUNNER, runNode } from './processes.ts'
import { installRivals } from './rivals.ts'

const FILE = 'agents/support.yaml'

export const bench: Bench = {
  title: 'validation of one file, the whole process',
  async run() {
    const { rivals: others, notes } = installRivals()
    const rows = await interleave(
      [
        { name: 'node -e 0', run: () => runNode(['-e', '0']) },
        { name: `runner validate ${FILE}`, run: () => runNode([RUNNER, 'validate', FILE]) },
        ...others.map(({ name, arguments: args, codes }) => {
          return { name: `${name} ${FILE}`, run: () => runNode(args(FILE), { codes }) }
        }),
      ],
      { rounds: 20, warmups: 3 },
    )
    return [{ title: 'time from start to exit', baseline: 'node -e 0', rows, goal: 'runner at most 2×', notes }]
  },
}
