import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const hasPython = spawnSync('python3', ['--version']).status === 0
const examples = fileURLToPath(new URL('../../tools', import.meta.url))
const broken = fileURLToPath(new URL('example-tools.test.ts', import.meta.url))

describe('lookup_order', () => {
  test('returns the order', async () => {
    const { stdout, code } = await run('lookup_order.mjs', { order_number: 'A-1042' })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      order_number: 'A-1042',
      status: 'shipped',
      carrier: 'DHL',
      eta: expect.any(String),
    })
  })

  test.each(['Z-9999', '__proto__', 'toString'])('reports an unknown order (%s) as not found', async (order_number) => {
    const { stdout, code } = await run('lookup_order.mjs', { order_number })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ order_number, found: false })
  })

  test.each(['/no/such/file.json', broken])('is "unavailable" if the order book cannot be read (%s)', async (file) => {
    const { stdout, stderr, code } = await run('lookup_order.mjs', { order_number: 'A-1042' }, { SHOP_DB: file })
    expect({ stdout, code }).toEqual({ stdout: '', code: 69 })
    expect(stderr).toMatch(/^the order book cannot be read: .+\n$/)
  })
})

describe.skipIf(!hasPython)('opening_hours', () => {
  test.each([
    ['monday', 'On Monday the shop is open from 9:00 to 18:00.\n'],
    ['saturday', 'On Saturday the shop is open from 10:00 to 16:00.\n'],
    ['sunday', 'On Sunday the shop is closed.\n'],
  ])('answers for %s', async (day, stdout) => {
    expect(await run('opening_hours.py', { day })).toMatchObject({ stdout, code: 0 })
  })

  test.each(['today', 'tomorrow'])('names the day for %s', async (day) => {
    expect((await run('opening_hours.py', { day })).stdout).toMatch(/^On [A-Z][a-z]+day the shop is /)
  })
})

describe('shipping_quote', () => {
  test.each([
    ['{"country":"France","weight_kg":2.5}', '12.90 euros to France, 2 to 4 working days.\n'],
    ['{ "weight_kg" : 2 , "country" : "United Kingdom" }', '21.10 euros to United Kingdom, 4 to 7 working days.\n'],
    ['{"country":"Germany","weight_kg":1e1}', '9.90 euros to Germany, 1 to 2 working days.\n'],
  ])('gives a quote for %s', async (line, stdout) => {
    expect(await run('shipping_quote.sh', line)).toMatchObject({ stdout, code: 0 })
  })

  test.each([
    ['{"country":"Atlantis","weight_kg":1}', "we do not ship to 'Atlantis'\n"],
    ['{"country":"France"}', 'weight_kg is missing\n'],
  ])('rejects %s as bad arguments', async (line, stderr) => {
    expect(await run('shipping_quote.sh', line)).toMatchObject({ stdout: '', stderr, code: 65 })
  })
})

describe('convert_price', () => {
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

  test('is ready once, and answers each line', async () => {
    const calls = [1, 2].map((id) => `{"id":"${id}","args":{"amount":${id},"currency":"USD"}}`)
    const { stdout, code } = await run('convert_price.mts', calls.join('\n'))
    expect(code).toBe(0)
    expect(lines(stdout)).toEqual([{ ready: 1 }, { id: '1', output: '1.09 USD' }, { id: '2', output: '2.18 USD' }])
  })

  test('rejects an unknown currency as bad arguments', async () => {
    const { stdout } = await run('convert_price.mts', '{"id":"2","args":{"amount":2,"currency":"XXX"}}')
    expect(lines(stdout)[1]).toMatchObject({ id: '2', error: { kind: 'invalid_arguments' } })
  })

  test('runs in a project whose package.json says "commonjs", as npm init writes it', async () => {
    const project = mkdtempSync(join(tmpdir(), 'runner-commonjs-'))
    writeFileSync(join(project, 'package.json'), '{"type":"commonjs"}')
    cpSync(examples, join(project, 'tools'), { recursive: true })
    const call = '{"id":"1","args":{"amount":1,"currency":"USD"}}'
    const { stdout, stderr } = await run('convert_price.mts', call, {}, join(project, 'tools'))
    rmSync(project, { recursive: true })
    expect({ said: lines(stdout), stderr }).toEqual({
      said: [{ ready: 1 }, { id: '1', output: '1.09 USD' }],
      stderr: '',
    })
  })

  test('has at most ten lines, as the docs promise', () => {
    const text = readFileSync(join(examples, 'convert_price.mts'), 'utf8')
    const written = text.split('\n').filter((line) => line.trim() !== '' && !/^(#!|\/\/)/.test(line))
    expect(written.length).toBeLessThanOrEqual(10)
  })
})

async function run(tool: string, given: object | string, env: NodeJS.ProcessEnv = {}, folder = examples) {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  const child = spawn(join(folder, tool), { env: { PATH: path, HOME: process.env.HOME, ...env } })
  child.stdin.end(`${typeof given === 'string' ? given : JSON.stringify(given)}\n`)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { stdout, stderr, code }
}
