import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toolNamed } from '../helpers/agents.ts'
import { call, isAlive, mcpBench, moody, names, serverOf } from './mcp-bench.ts'

const { start, folder } = mcpBench()

describe('an MCP server', () => {
  test('whose tools change is listed again', async () => {
    const { servers, nextReport, reports, setServers } = start()
    setServers(serverOf({}))
    const first = await nextReport('listed')
    expect(names(first)).not.toContain('grown')
    const before = reports.length
    await call(servers, first, 'grow').finished
    const second = await nextReport('listed', /(?:)/, before)
    expect(names(second)).toContain('grown')
    expect(first.words).not.toBe('')
    expect(second.words).toBe('')
    expect(await call(servers, second, 'grown').finished).toEqual({ status: 'failed', message: 'no, thank you' })
  })

  test('loses the tools whose names or schemas the service would refuse, each reported', async () => {
    const { nextReport, setServers } = start()
    setServers(serverOf({}))
    const { words } = await nextReport('listed')
    expect(words).toContain('a name with spaces of server is left out: its name is not')
    expect(words).toContain('broken of server is left out: its input schema is not valid')
    expect(words).toContain('shapeless of server is left out: its input is no object')
  })

  test('may print other lines on standard output, which are logged', async () => {
    const { servers, nextReport, setServers } = start()
    const error = '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no licence"}}'
    setServers(serverOf({ command: ['sh', '-c', `echo hello; echo '${error}'; echo '{"a":'; exec node ${moody}`] }))
    const listed = await nextReport('listed')
    expect((await call(servers, listed, 'say', { text: 'hi' }).finished).status).toBe('ok')
    for (const words of [/no message .*hello/, /no message .*no licence/, /no message .*a.*:/])
      await nextReport('log', words)
  })

  test('that prints on standard output why it cannot start is reported with that line', async () => {
    const { nextReport, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', 'echo Please log in first; exit 3'] }))
    expect((await nextReport('failed')).words).toBe('it could not be started: exit code 3: Please log in first')
  })

  test('that floods its standard error is logged with 200 lines a minute', async () => {
    const { nextReport, reports, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', `seq 100000 >&2; exec node ${moody}`] }))
    await nextReport('listed')
    expect(reports.filter(({ words }) => words.includes('wrote to stderr'))).toHaveLength(201)
    await nextReport('log', /"line":"and more in this minute, which is not logged"/)
  })

  test('may answer in a batch', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const outcome = await call(servers, await nextReport('listed'), 'batch').finished
    expect(outcome).toEqual({ status: 'ok', output: 'one of two' })
  })

  test('may send unknown content blocks, which are named in the output', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    expect(await call(servers, await nextReport('listed'), 'strange').finished).toEqual({
      status: 'ok',
      output:
        'before\n[hologram]\n[image: unknown, 0 bytes]\n[unknown]\n[unknown]\n[resource: unknown, 0 bytes]\nbehind',
    })
  })

  test('that was given a variable which has become a key is restarted without it', async () => {
    const { nextReport, reports, setServers, hide } = start({ SHOP: 'a shop secret' })
    const lengths = join(folder(), 'lengths')
    setServers(serverOf({ command: ['sh', '-c', `echo "\${#SHOP}" >> ${lengths}; exec node ${moody}`], env: ['SHOP'] }))
    await nextReport('listed')
    const before = reports.length
    hide('SHOP')
    await nextReport('failed', /^a variable that it was given holds a key by now$/, before)
    await nextReport('listed', /(?:)/, before)
    expect(readFileSync(lengths, 'utf8')).toMatch(/^13\n(0\n)+$/)
  })

  test('with a variable in its command which has become a key is ended for good', async () => {
    const { nextReport, reports, setServers, hide } = start({ SHOP: 'a shop secret' })
    setServers(serverOf({ command: [moody, 'a shop secret'], named: ['SHOP'] }))
    await nextReport('listed')
    const before = reports.length
    hide('SHOP')
    await nextReport('failed', /^a variable that it was given holds a key by now$/, before)
    await nextReport('failed', /^it could not be started: it would be given SHOP, which holds a secret/, before)
  })

  test('that repeats a value has it masked from the moment it becomes a key', async () => {
    const { servers, nextReport, setServers, hide } = start({ SHOP: 'a shop secret' })
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    const said = async () =>
      (await call(servers, listed, 'say', { text: 'a shop secret' }).finished) as { output: string }
    expect((await said()).output).toContain('a shop secret')
    hide('SHOP')
    expect((await said()).output).not.toContain('a shop secret')
  })

  test('that does not read its input is restarted once 16 MiB are pending', async () => {
    const { servers, nextReport, reports, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    const asleep = call(servers, listed, 'sleep')
    await nextReport('log', /sleeping/)
    const before = reports.length
    const text = 'x'.repeat(1_048_576)
    const calls = Array.from({ length: 18 }, () => call(servers, listed, 'say', { text }))
    for (const { finished } of [asleep, ...calls]) expect(await finished).toMatchObject({ status: 'crashed' })
    const again = await nextReport('listed', /(?:)/, before)
    expect(await call(servers, again, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
  })

  test('may answer with nothing, which counts as success', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    expect(await call(servers, await nextReport('listed'), 'empty').finished).toEqual({
      status: 'ok',
      output: '{"ok":true}',
    })
  })

  test.each([
    ['writes a line of more than 10 MiB', 'deluge', { status: 'output_too_large', message: 'wrote more than 1 MiB' }],
    ['closes its input', 'deaf', { status: 'crashed', message: 'its server ended before it answered' }],
  ])('that %s fails the call at once, and is restarted', async (_, mood, expected) => {
    const { servers, nextReport, reports, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    if (mood === 'deaf') await call(servers, listed, mood).finished
    expect(await call(servers, listed, mood).finished).toEqual(expected)
    await nextReport('listed', /(?:)/, reports.length)
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
  })

  test('may answer with a string or a single block instead of a list', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    const loose = (given: unknown) => call(servers, listed, 'loose', given).finished
    expect(await loose({ text: 'just words' })).toEqual({ status: 'ok', output: 'just words' })
    expect(await loose({})).toEqual({ status: 'ok', output: 'one block' })
  })

  test('that answers no result fails the call at once', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const outcome = await call(servers, await nextReport('listed'), 'scalar').finished
    expect(outcome).toEqual({ status: 'failed', message: 'its answer is no result' })
  })

  test('that sends an error without an id fails the only call it can belong to', async () => {
    const { servers, nextReport, setServers } = start()
    const server = serverOf({})
    setServers({ ...server, manners: { ...server.manners, timeoutMs: 2_000 } })
    const listed = await nextReport('listed')
    expect(await call(servers, listed, 'nameless').finished).toEqual({
      status: 'failed',
      message: 'the shop is closed',
    })
    await nextReport('log', /no message .*a line of a log/)
    const others = ['hang', 'nameless'].map((name) => call(servers, listed, name))
    await nextReport('log', /no message .*the shop is closed/)
    for (const { finished } of others) expect(await finished).toMatchObject({ status: 'timeout' })
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
    expect(await call(servers, listed, 'nameless').finished).toMatchObject({ message: 'the shop is closed' })
  })

  test('receives numbers beyond 2^53 exactly', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    const outcome = await call(servers, listed, 'say', '{"text":"n","number":12345678901234567890,"plain":7}').finished
    expect(outcome).toMatchObject({ output: expect.stringContaining('"number":12345678901234567890,"plain":7') })
  })

  test('that exits is restarted with the handshake that it knows', async () => {
    const { servers, nextReport, reports, setServers } = start({ MOODY_IGNORES: 'server/discover' })
    setServers(serverOf({ env: ['MOODY_IGNORES'] }))
    await call(servers, await nextReport('listed'), 'die').finished
    const back = await nextReport('listed', /(?:)/, reports.length)
    expect(await call(servers, back, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
    expect(reports.filter(({ words }) => words.includes('ignoring'))).toEqual([])
  })

  test('that exits fails its open call, and is restarted', async () => {
    const { servers, nextReport, reports, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    const first = await call(servers, listed, 'say', { text: 'hi' }).finished
    const outcome = await call(servers, listed, 'die').finished
    expect(outcome).toMatchObject({ status: 'crashed', message: 'its server ended before it answered' })
    expect((await nextReport('failed')).words).toMatch(/^it has ended: exit code 1: moody is up, /)
    await nextReport(
      'listed',
      /(?:)/,
      reports.findIndex(({ type }) => type === 'failed'),
    )
    const second = await call(servers, listed, 'say', { text: 'hi' }).finished
    expect(second.status).toBe('ok')
    expect(second).not.toEqual(first)
  })

  test.each([
    ['exits while a child holds its output open', 'orphan', /^it has ended: exit code 1: moody is up/],
    ['closes its output and lives on', 'mute', /^it has ended$/],
  ])('that %s counts as ended', async (_, tool, words) => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const outcome = await call(servers, await nextReport('listed'), tool).finished
    expect(outcome).toMatchObject({ status: 'crashed' })
    expect((await nextReport('failed')).words).toMatch(words)
  })

  test('that cannot be started is retried, and logged once', async () => {
    const { nextReport, reports, setServers } = start()
    setServers(serverOf({ command: ['false'] }))
    for (let failures = 0; failures < 4; failures += 1) {
      const last = await nextReport('failed', /(?:)/, reports.findLastIndex(({ type }) => type === 'failed') + 1)
      expect(last.words).toContain('it could not be started')
    }
    expect(reports.filter(({ words }) => words.startsWith('a server is not there'))).toHaveLength(1)
  })

  test('that is told to end before it is ready is not reported as failed', async () => {
    const { servers, nextReport, reports, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', 'echo hello >&2; exec sleep 60'] }))
    await nextReport('log', /wrote to stderr/)
    await servers.close()
    expect(reports.map(({ type }) => type)).toEqual(['log'])
  })

  test('that cannot be started is reported with its last line, and fails calls at once', async () => {
    const { servers, nextReport, setServers } = start({ MOODY_FAILS: 'start', MOODY_TOKEN: 'tok-4711-secret' })
    setServers(serverOf({ env: ['MOODY_FAILS', 'MOODY_TOKEN'] }))
    expect((await nextReport('failed')).words).toBe(
      'it could not be started: exit code 3: moody is up, and its token is ***',
    )
    await nextReport('failed', /(?:)/, 3)
    const tool = {
      ...toolNamed('say'),
      kind: 'mcp',
      server: serverOf({ env: ['MOODY_FAILS', 'MOODY_TOKEN'] }),
    } as const
    const outcome = await servers.run({ callId: 'c', conversation: 'main', tool, argumentsText: '{}' }).finished
    expect(['unavailable', 'crashed']).toContain(outcome.status)
  })

  test('that never answers is ended with its children', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', 'sleep 1000 & echo child $! >&2; wait'] }))
    const pid = Number(/child (\d+)/.exec((await nextReport('log', /child \d+/)).words)?.[1])
    await servers.close()
    expect(isAlive(pid)).toBe(false)
  })

  test('is given only the variables of a script and those declared', async () => {
    const own = folder()
    const file = join(own, 'names')
    const names = `require('node:fs').writeFileSync(${JSON.stringify(file)}, Object.keys(process.env).sort().join(' '))`
    const { nextReport, setServers } = start({ LANG: 'C', OTHER: 'x' })
    setServers(serverOf({ command: [process.execPath, '-e', `${names}; import(${JSON.stringify(moody)})`] }))
    await nextReport('listed')
    expect(readFileSync(file, 'utf8')).toBe('LANG PATH RUNNER_CALL_ID RUNNER_STATE_DIR')
  })

  test('sees declared variables, whose values are masked in all it sends', async () => {
    const { servers, nextReport, reports, setServers } = start({ MOODY_TOKEN: 'tok-4711-secret', OTHER: 'x' })
    setServers(serverOf({ env: ['MOODY_TOKEN'] }))
    const listed = await nextReport('listed')
    expect(listed.tools.find(({ name }) => name === 'token')).toMatchObject({
      description: 'Has ***.',
      parameters: { description: 'Of ***.' },
    })
    expect(await call(servers, listed, 'picture').finished).toEqual({
      status: 'ok',
      output: '[image: image/png, 3 bytes]\n***',
    })
    await nextReport('log', /its token is \*\*\*/)
    expect(JSON.stringify(reports)).not.toContain('tok-4711')
  })

  test('has the variables of its command masked in what it prints, except paths', async () => {
    const { nextReport, reports, setServers } = start({ TOKEN: 'tok-4711-secret', PLACE: '/srv/papers' })
    const repeats = `console.error(process.argv.slice(1).join(' ')); import(${JSON.stringify(moody)})`
    const command = [process.execPath, '-e', repeats, '--', '--key=tok-4711-secret', '/srv/papers']
    setServers(serverOf({ command, named: ['TOKEN', 'PLACE'] }))
    await nextReport('log', /--key=\*\*\* \/srv\/papers/)
    expect(JSON.stringify(reports)).not.toContain('tok-4711')
  })

  test('is cut off if it answers too much, and told to cancel if it does not answer', async () => {
    const { servers, nextReport, setServers } = start()
    const server = serverOf({})
    setServers({ ...server, manners: { ...server.manners, timeoutMs: 300 } })
    const listed = await nextReport('listed')
    expect(await call(servers, listed, 'hang').finished).toEqual({
      status: 'timeout',
      message: 'took longer than 0.3 s',
    })
    await nextReport('log', /cancelled/)
    const cancelled = call(servers, listed, 'hang')
    cancelled.cancel()
    expect(await cancelled.finished).toMatchObject({ status: 'cancelled' })
    setServers(server)
    const patient = (await nextReport('listed', /(?:)/, 1)).tools
    expect(patient.length).toBeGreaterThan(0)
    const flood = await call(servers, { ...listed, tools: [...patient] }, 'flood').finished
    expect(['output_too_large', 'timeout']).toContain(flood.status)
  })

  test('is told of a cancelled call, long before its deadline', async () => {
    const { servers, nextReport, setServers } = start()
    const server = serverOf({})
    setServers({ ...server, manners: { ...server.manners, timeoutMs: 600_000 } })
    const running = call(servers, await nextReport('listed'), 'hang')
    await nextReport('log', /hanging/)
    running.cancel()
    await nextReport('log', /"line":"cancelled \d+"/)
  })
})
