import { isSameFile } from '../../io/files/same-file.ts'

/** The flags that decide who the caller is. */
export interface CallerFlags {
  readonly jsonl?: boolean
  readonly withAudio?: boolean
  /** False: no conversation is open until a line or a page opens one. */
  readonly main?: boolean
  readonly say?: readonly string[]
  readonly audioIn?: string
  readonly audioOut?: string
  readonly mic?: boolean
  readonly headphones?: boolean
}

/** Says in one sentence which flags exclude each other, so that none is silently ignored; null if all fit. */
export function callerFlagsFault(flags: CallerFlags, servesPages: boolean): string | null {
  const { mic, headphones, jsonl, withAudio, say = [], audioIn, audioOut, main } = flags
  const says = say.length > 0 ? ['--say'] : []
  if (headphones && !mic) return '--headphones belongs to --mic'
  if (withAudio && !jsonl) return '--with-audio belongs to --jsonl'
  if (main === false && !jsonl && !servesPages)
    return '--no-main belongs to --jsonl or --page: nothing else would open a conversation'
  if (audioIn !== undefined && audioOut !== undefined && isSameFile(audioIn, audioOut))
    return `--audio-out would write over ${audioIn}, which --audio-in is to speak: name another file`
  if (say.some((text) => text.trim() === '')) return '--say wants words: a turn of the caller'
  if (jsonl && says.length > 0)
    return '--jsonl and --say exclude each other: a program writes {"type":"text","text":"…"} to standard input'

  const recorded = audioIn === undefined ? [] : ['--audio-in']
  const apart = main === false ? ['--no-main'] : []
  const others = [...(jsonl ? ['--jsonl'] : []), ...says, ...recorded, ...apart]
  if (mic && others.length > 0) return `--mic and ${others.join(', ')} exclude each other: one of them is the caller`
  const ofMain = [...says, ...recorded, ...(audioOut === undefined ? [] : ['--audio-out'])]
  if (main === false && !jsonl && ofMain.length > 0)
    return `--no-main and ${ofMain.join(', ')} exclude each other: there would be no conversation for it`
  return null
}
