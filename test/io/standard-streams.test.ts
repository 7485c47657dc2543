import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'

const output = join(root, 'src/io/standard-streams.ts')

function write(code: string) {
  const script = `import { writeStandardOutput } from ${JSON.stringify(output)}\n${code}`
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'pipe' })
}

test.each([
  ['a blocking pipe', ''],
  ['a non-blocking pipe', 'process.stdout.isTTY\n'],
])('more text than a pipe holds is written completely to %s', async (_, before) => {
  const child = write(`${before}writeStandardOutput('é'.repeat(2_000_000) + 'end', (error) => { throw error })`)
  const [out, faults] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(faults).toBe('')
  expect(out.length).toBe(2_000_003)
  expect(out.endsWith('éend')).toBe(true)
})

test('a closed reader is reported to the caller', async () => {
  const child = write(
    "process.stdin.once('data', () => writeStandardOutput('late', ({ code }) => process.stderr.write(code)))",
  )
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.stdin.end('now')
  const [faults] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect(faults).toBe('EPIPE')
})
