import { messageWithCode } from '../apply-message.ts'
import type { ReloadEntry } from '../entry.ts'
import { CodeBlock } from './code-block.tsx'

/** What became of an edit: applied and how fast, or why not, with its changes or the lines at fault. */
export function ReloadCard({ reload }: { readonly reload: ReloadEntry }) {
  const { state, offered, report } = reload
  const fields = Array.isArray(report.fields) ? report.fields.map(String) : []
  const isFault = state === 'rejected' || state === 'refused' || state === 'held'
  const isStart = isRefusedStart(reload)
  return (
    <article class={isFault ? 'card card-fault' : 'card'} aria-label={isStart ? 'Settings refused' : `Edit ${state}`}>
      <p class="card-head">
        <b>{isStart ? 'Refused by the service' : TITLES[state]}</b>
        {offered !== null && <span>generation {offered}</span>}
        <Times state={state} ms={report.ms} wireMs={report.ms_wire} />
      </p>
      {report.changes === undefined ? <Fields fields={fields} /> : <Changes changes={report.changes} />}
      {typeof report.reason === 'string' && <p>{report.reason}</p>}
      {state === 'refused' && <p>The service says: {messageWithCode(report)}</p>}
      {state === 'superseded' && <p>Generation {String(report.by)} came before it was sent.</p>}
      {(report.frames ?? []).map((frame) => (
        <Fault key={frame} frame={frame} isHeadShown={state === 'refused'} />
      ))}
    </article>
  )
}

/** Before the first confirmation there are no settings that could stay. */
function isRefusedStart({ state, offered, report }: ReloadEntry): boolean {
  return state === 'refused' && report.own !== true && offered === report.generation
}

const TITLES: { readonly [state in ReloadEntry['state']]: string } = {
  sent: 'Sent to the service',
  applied: 'Applied',
  waiting: 'Waiting for a quiet moment',
  superseded: 'Overtaken',
  deferred: 'For the next session',
  refused: 'Refused by the service; the old settings stay',
  rejected: 'Not taken; the last good settings stay',
  held: 'Held; the last good settings stay',
  unconfirmed: 'The service did not confirm; the next session begins with it',
}

/** From the save to sending it, and to the confirmation. */
function Times(props: { readonly state: ReloadEntry['state']; readonly ms: unknown; readonly wireMs: unknown }) {
  const { state, ms, wireMs } = props
  if (typeof ms !== 'number') return null
  if (state !== 'applied' || typeof wireMs !== 'number') return <span>{ms} ms after saving</span>
  return (
    <span title={`sent ${wireMs} ms after saving, confirmed ${ms - wireMs} ms later`}>
      {ms} ms after saving, sent after {wireMs}
    </span>
  )
}

function Fields({ fields }: { readonly fields: readonly string[] }) {
  if (fields.length === 0) return null
  return (
    <p class="fields">
      {fields.map((field) => (
        <code key={field}>{field}</code>
      ))}
    </p>
  )
}

function Changes({ changes }: { readonly changes: NonNullable<ReloadEntry['report']['changes']> }) {
  if (changes.length === 0) return <p>Nothing differs from before.</p>
  return (
    <dl class="changes">
      {changes.map(({ field, summary, lines, when }) => (
        <div key={field}>
          <dt>
            <code>{field}</code>
          </dt>
          <dd>
            {summary} <span class="when">{WHEN_TEXTS[when] ?? when}</span>
          </dd>
          {lines.length > 0 && (
            <dd class="whole">
              <CodeBlock name={`Changed lines of ${field}`} class="diff">
                {lines.map((line, index) => (
                  <Line key={`${index}${line}`} line={line} />
                ))}
              </CodeBlock>
            </dd>
          )}
        </div>
      ))}
    </dl>
  )
}

const WHEN_TEXTS: { readonly [when: string]: string } = {
  now: 'at once',
  'next response': 'from the next answer',
  'next audio': 'from the next sound',
  'next session': 'from the next session',
}

/** A fault with its source lines; sentences before and after them are set as text. `isHeadShown`: the first one is already shown above. */
function Fault({ frame, isHeadShown }: { readonly frame: string; readonly isHeadShown: boolean }) {
  const [head = '', ...rest] = frame.split('\n')
  const helpLines = rest.filter((line) => line.startsWith('  = '))
  const codeLines = rest.filter((line) => !helpLines.includes(line))
  return (
    <>
      {!isHeadShown && <p class="fault">{head.replace(/^\w+\[\w+\] /, '')}</p>}
      <CodeBlock name="Lines at fault" class="frame">
        {codeLines.join('\n')}
      </CodeBlock>
      {helpLines.map((line) => (
        <p key={line} class="help">
          {line.slice('  = '.length)}
        </p>
      ))}
    </>
  )
}

function Line({ line }: { readonly line: string }) {
  const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : ''
  return <span class={kind}>{line}</span>
}
