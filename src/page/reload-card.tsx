import type { ReloadEntry } from './view.ts'

/** What became of an edit: applied and how fast, or why not, with the lines it speaks of. */
export function ReloadCard({ reload }: { readonly reload: ReloadEntry }) {
  const { state, offered, report } = reload
  const fields = Array.isArray(report.fields) ? report.fields.map(String) : []
  const ms = typeof report.ms === 'number' ? report.ms : null
  const isFault = state === 'rejected' || state === 'refused' || state === 'held'
  return (
    <section class={isFault ? 'card card-fault' : 'card'} aria-label={`Edit ${state}`}>
      <p class="card-head">
        <b>{HEADS[state]}</b>
        {offered !== null && <span>generation {offered}</span>}
        {ms !== null && <span>{ms} ms after saving</span>}
      </p>
      {fields.length > 0 && (
        <p class="fields">
          {fields.map((field) => (
            <code key={field}>{field}</code>
          ))}
        </p>
      )}
      <Diff diff={report.diff} />
      {typeof report.reason === 'string' && <p>{report.reason}</p>}
      {state === 'refused' && <p>The service says: {String(report.message)}</p>}
      {(report.frames ?? []).map((frame) => (
        <pre key={frame} class="frame">
          {frame}
        </pre>
      ))}
    </section>
  )
}

const HEADS: { readonly [state in ReloadEntry['state']]: string } = {
  applied: 'Applied',
  waiting: 'Waiting for a quiet moment',
  deferred: 'For the next session',
  refused: 'Refused by the service; the old settings stay',
  rejected: 'The file has faults; the last good settings stay',
  held: 'Held; the last good settings stay',
  unconfirmed: 'The service did not confirm; the next session begins with it',
}

/** The edit in lines, as far as the report brings it along. */
function Diff({ diff }: { readonly diff: unknown }) {
  const text = typeof diff === 'string' ? diff : Array.isArray(diff) ? diff.map(String).join('\n') : ''
  if (text === '') return null
  return (
    <pre class="diff">
      {text.split('\n').map((line, index) => (
        <span key={index} class={line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : ''}>
          {line}
          {'\n'}
        </span>
      ))}
    </pre>
  )
}
