import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'

test('starting a process without free file descriptors throws the reason', () => {
  const code = `
    import { openSync } from 'node:fs'
    import { createChildren } from ${JSON.stringify(join(root, 'src/io/processes/child.ts'))}
    const children = createChildren()
    try {
      for (;;) openSync('/dev/null')
    } catch {}
    try {
      children.start({ command: ['/bin/true'], cwd: '/', environment: {} })
    } catch ({ message }) {
      console.log(message)
    }`
  const few = 'ulimit -n 64; exec "$@"'
  const node = [process.execPath, '--no-warnings', '--input-type=module-typescript', '-e', code]
  const { stdout, stderr } = spawnSync('sh', ['-c', few, 'sh', ...node], { encoding: 'utf8' })
  expect([stdout, stderr]).toEqual(['too many files are open here: raise their limit (ulimit -n)\n', ''])
})
