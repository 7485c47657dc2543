import { randomBytes } from 'node:crypto'
import type { Agent } from '../../agent/agent.ts'
import { type CallerMessage, createPageCaller, type PageCaller } from '../../channels/page/caller.ts'
import type { Hello, PageLink } from '../../channels/page/link.ts'
import { type AgentInfo, CLOSE, type ClientMessage, PROTOCOL, WAIT_MS } from '../../page/protocol.ts'
import type { Report } from '../../session/report.ts'
import type { Ending } from '../../session/state.ts'
import type { Conversation } from '../conversation.ts'
import { EXIT } from '../exit-code.ts'
import type { FrameRenderer } from '../printing/frames.ts'
import type { Runner } from '../runner.ts'
import type { Front } from './front.ts'

interface PagesOptions {
  /** The agents as they were at the start. */
  readonly agents: readonly Agent[]
  readonly version: string
  readonly frames: FrameRenderer
  /** Shows a line to the person who runs it, if no other front does. */
  readonly notify: Front['notify']
  readonly closeServer: () => Promise<void>
}

/** The front behind the page; its server brings the callers. */
export interface PagesFront extends Front {
  /** Takes a page that has said hello. */
  welcome(link: PageLink, hello: Hello): void
}

/**
 * The least time to wait for a page, in ms. If less than this is left, the process stood still until it noticed the loss, and the page
 * tried to reconnect in vain meanwhile: it tries again within 15 s.
 */
const WAIT_MIN_MS = 20_000

/** One conversation whose caller is at a page. */
interface Visit {
  readonly caller: PageCaller
  readonly resume: string
  readonly conversation: Conversation
  /** Runs while no page is connected. */
  wait: NodeJS.Timeout | undefined
}

/** Conversations with any number of pages, one each. A page that reloads or reconnects gets its conversation back. */
export function createPagesFront(options: PagesOptions): PagesFront {
  const finished = Promise.withResolvers<number>()
  const visits = new Map<string, Visit>()
  let runner: Runner | null = null
  let isStopping = false
  /**
   * Pages without a conversation, with what they asked for before the runner was there, since the page is served a moment earlier. Bounded
   * by the server's limit on connections.
   */
  const waitingLinks = new Map<PageLink, { readonly agent: string | null } | null>()

  function welcome(link: PageLink, { resume, heard }: Hello): void {
    const visit = resume === undefined ? undefined : visits.get(resume)
    const { version } = options
    link.send({ type: 'welcome', protocol: PROTOCOL, version, agents: agentsNow(), resumes: visit !== undefined })
    if (visit !== undefined) {
      visit.caller.addHeard(heard ?? [])
      return attach(visit, link, { resumed: true })
    }
    if (resume !== undefined)
      link.send({ type: 'notice', level: 'info', message: 'The earlier conversation is over.', t: Date.now() })
    waitingLinks.set(link, null)
    link.onClosed = () => waitingLinks.delete(link)
    link.onMessage = (message) => {
      if (message.type === 'open') return open(link, message.agent ?? null)
      link.send({ type: 'refused', message: `${message.type}: no conversation is open yet` })
    }
  }

  function open(link: PageLink, agent: string | null): void {
    if (isStopping) return link.close(1001, 'the runner stops')
    if (runner === null) return void waitingLinks.set(link, { agent })
    let visit: Visit | null = null
    const caller = createPageCaller((event) => visit?.conversation.dispatch(event))
    const name = `page-${randomBytes(4).toString('hex')}`
    const opened = runner.open(
      { name, agent },
      {
        sound: caller.sound,
        onReport: (report) => caller.report({ ...withFrames(report, options.frames) }),
        onRest: () => {},
        onClosed: (ending) => visit !== null && endVisit(visit, ending),
      },
    )
    if ('message' in opened)
      return link.close(opened.code === 'too_many' ? CLOSE.full : CLOSE.badMessage, opened.message)
    const resume = randomBytes(18).toString('base64url')
    visit = { caller, resume, conversation: opened, wait: undefined }
    visits.set(resume, visit)
    attach(visit, link, { resumed: false })
  }

  function agentsNow(): readonly AgentInfo[] {
    return options.agents.map((agent) => agentInfo(runner?.generations(agent.name)?.newest().agent ?? agent))
  }

  function attach(visit: Visit, link: PageLink, { resumed }: { readonly resumed: boolean }): void {
    clearTimeout(visit.wait)
    waitingLinks.delete(link)
    const before = visit.caller.link
    if (before !== null) disconnectPrevious(before, visit)
    link.onMessage = (message) => handleMessage(visit, link, message)
    link.onSound = visit.caller.handleSound
    link.onClosed = () => waitForPage(visit, link)
    const { name, agentName } = visit.conversation
    visit.caller.attach(link, { type: 'opened', conversation: name, agent: agentName, resume: visit.resume, resumed })
  }

  function disconnectPrevious(link: PageLink, visit: Visit): void {
    removeHandlers(link)
    visit.caller.detach()
    link.close(CLOSE.takenOver, 'another page took this conversation over')
  }

  function handleMessage(visit: Visit, link: PageLink, message: Exclude<ClientMessage, { type: 'hello' }>): void {
    if (message.type === 'end') return visit.conversation.stop(false)
    if (message.type === 'open') return link.send({ type: 'refused', message: 'a conversation is open already' })
    visit.caller.handleMessage(message satisfies CallerMessage)
  }

  function waitForPage(visit: Visit, { lastSeenAt }: PageLink): void {
    visit.caller.detach()
    if (isStopping) return visit.conversation.stop(false)
    const leftMs = lastSeenAt + WAIT_MS - performance.now()
    visit.wait = setTimeout(() => visit.conversation.stop(false), Math.max(leftMs, WAIT_MIN_MS))
  }

  function endVisit(visit: Visit, ending: Ending): void {
    clearTimeout(visit.wait)
    visits.delete(visit.resume)
    const { link } = visit.caller
    if (link !== null) {
      removeHandlers(link)
      link.close(isStopping ? 1001 : CLOSE.over, isStopping ? 'the runner stops' : ending.reason)
    }
    visit.caller.close()
    if (isStopping && visits.size === 0) finished.resolve(EXIT.done)
  }

  return {
    welcome,
    finished: finished.promise,
    begin(openedRunner) {
      runner = openedRunner
      for (const [link, request] of waitingLinks) if (request !== null) open(link, request.agent)
    },
    notify(kind, message) {
      options.notify(kind, message)
      for (const { caller } of visits.values()) caller.notice(kind, message)
    },
    refreshAgents() {
      for (const link of waitingLinks.keys()) link.send({ type: 'agents', agents: agentsNow() })
    },
    stop(drain) {
      isStopping = true
      // With no page connected, nobody hears what is said.
      for (const { conversation, caller } of [...visits.values()]) conversation.stop(caller.link !== null && drain)
      if (visits.size === 0) finished.resolve(EXIT.done)
    },
    async close() {
      await options.closeServer()
      return EXIT.done
    },
  }
}

function agentInfo({ name, file, model, voice, description }: Agent): AgentInfo {
  return { name, file, model, voice, ...(description === undefined ? {} : { description }) }
}

function removeHandlers(link: PageLink): void {
  link.onMessage = () => {}
  link.onSound = () => {}
  link.onClosed = () => {}
}

/** Adds the source lines to faults in the file: the page cannot read files. */
function withFrames(report: Report, { frame }: FrameRenderer) {
  if (report.type === 'reload.rejected' || report.type === 'reload.held')
    return { ...report, frames: report.diagnostics.map(frame) }
  if (report.type !== 'reload.refused') return report
  return report.diagnostic === null ? report : { ...report, frames: [frame(report.diagnostic)] }
}
