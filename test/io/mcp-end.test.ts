import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blockThread, until } from '../helpers/tools.ts'
import { call, isAlive, mcpBench, moody, serverOf } from './mcp-bench.ts'

const { start, folder } = mcpBench()

describe('an MCP server that is told to end', () => {
  test('ends with its child processes', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    const said = await call(servers, listed, 'say', { text: 'pid' }).finished
    const child = await call(servers, listed, 'spawn').finished
    const pids = [said, child].map((outcome) => Number(/\d+$/.exec('output' in outcome ? outcome.output : '')?.[0]))
    await servers.close()
    expect(pids.map((pid) => pid > 0 && isAlive(pid))).toEqual([false, false])
  })

  test('counts as ended even if another process holds its output open', async () => {
    const own = folder()
    const holder = `trap 'touch ${own}/asked' TERM; touch ${own}/holds; while sleep 0.1; do :; done`
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', `(${holder}) & exec node '${moody}'`] }))
    await nextReport('listed')
    await until(() => existsSync(join(own, 'holds')))
    await servers.close()
    expect(readdirSync(own)).toEqual(['holds'])
  })

  test('during the handshake starts no further process', async () => {
    const runs = join(folder(), 'runs')
    const pids = () => (existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n').map(Number) : [])
    const nth = `case $(wc -l < '${runs}') in 1) exit 3 ;; 2) exec sleep 60 ;; esac`
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', `echo $$ >> '${runs}'; ${nth}; exec node '${moody}'`] }))
    await nextReport('failed')
    await until(() => pids().length === 2)
    await servers.close()
    expect(pids().map(isAlive)).toEqual([false, false])
  })

  test('is given time to exit by itself', async () => {
    const own = folder()
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({ command: ['sh', '-c', `trap '' TERM; node '${moody}'; sleep 0.3; touch '${own}/tidied'`] }))
    await nextReport('listed')
    await servers.close()
    expect(readdirSync(own)).toEqual(['tidied'])
  })
})

describe('an MCP server that timed out on a call', () => {
  test('is not blamed if this process stalled beyond the deadline', async () => {
    const { servers, nextReport, setServers } = start()
    const server = serverOf({})
    setServers({ ...server, manners: { ...server.manners, timeoutMs: 500 } })
    const listed = await nextReport('listed')
    call(servers, listed, 'sleep', { text: '300' })
    const running = call(servers, listed, 'say', { text: 'hi' })
    await nextReport('log', /sleeping/)
    blockThread(2_000)
    expect(await running.finished).toMatchObject({ status: 'ok' })
  })

  test('is restarted if it is stuck', async () => {
    const { servers, nextReport, reports, setServers } = start()
    const listed = await timeOutFirstCall({ servers, nextReport, setServers })
    expect((await nextReport('failed')).words).toBe('it answers nothing any more')
    await nextReport('listed', /(?:)/, reports.length)
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
  })

  test('is not restarted if it is only busy', async () => {
    const { servers, nextReport, reports, setServers } = start()
    const listed = await timeOutFirstCall({ servers, nextReport, setServers }, { text: '6000' })
    await nextReport('log', /cancelled/)
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
    expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
  })

  test('is restarted after three timeouts in a row', async () => {
    const { servers, nextReport, reports, setServers } = start()
    const listed = await timeOutFirstCall({ servers, nextReport, setServers }, {}, 'hang')
    const hang = () => call(servers, listed, 'hang').finished
    await hang()
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
    for (const _ of [1, 2]) expect(await hang()).toMatchObject({ status: 'timeout' })
    expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
    await hang()
    expect((await nextReport('failed')).words).toBe('it was too late for 3 calls in a row')
    await nextReport('listed', /(?:)/, reports.length)
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
  })

  test('is not restarted if it answered another call meanwhile', async () => {
    const { servers, nextReport, reports, setServers } = start()
    const listed = await timeOutFirstCall({ servers, nextReport, setServers }, {}, 'hang')
    const patient = { ...listed, tools: listed.tools.map((tool) => ({ ...tool, timeoutMs: 2_000 })) }
    const slow = [1, 2, 3, 4].map(() => call(servers, patient, 'hang').finished)
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
    for (const outcome of await Promise.all(slow)) expect(outcome).toMatchObject({ status: 'timeout' })
    expect(await call(servers, listed, 'say', { text: 'hi' }).finished).toMatchObject({ status: 'ok' })
    expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
  })

  test('is restarted only after one more timeout for each call still open', async () => {
    const { servers, nextReport, reports, setServers } = start()
    const listed = await timeOutFirstCall({ servers, nextReport, setServers }, {}, 'hang')
    const patient = { ...listed, tools: listed.tools.map((tool) => ({ ...tool, timeoutMs: 60_000 })) }
    const other = call(servers, patient, 'hang')
    for (const _ of [1, 2, 3]) await call(servers, listed, 'hang').finished
    await other.finished
    expect(reports.flatMap(({ type, words }) => (type === 'failed' ? [words] : []))).toEqual([
      'it was too late for 4 calls in a row',
    ])
  })

  async function timeOutFirstCall(
    { servers, nextReport, setServers }: Pick<ReturnType<typeof start>, 'servers' | 'nextReport' | 'setServers'>,
    given = {},
    tool = 'sleep',
  ) {
    const server = serverOf({})
    setServers({ ...server, manners: { ...server.manners, timeoutMs: 300 } })
    const listed = await nextReport('listed')
    expect(await call(servers, listed, tool, given).finished).toMatchObject({ status: 'timeout' })
    return listed
  }
})
