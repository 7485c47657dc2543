import { EventEmitter, once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'

/** What a terminal of so many columns (0: unknown) shows of what is written to it: just enough of ECMA-48 for these tests. */
export class Screen extends Writable {
  columns: number
  raw = ''
  rows: string[][] = [[]]
  x = 0
  y = 0
  private saved = { x: 0, y: 0 }

  constructor(columns: number) {
    super({ decodeStrings: false })
    this.columns = columns
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.raw += String(chunk)
    for (const [token] of String(chunk).matchAll(/\u001b(?:\[[?\d;]*[A-Za-z]|[78])|[\s\S]/gu)) this.take(token)
    done()
  }

  private take(token: string): void {
    const [, count, letter] = /^\u001b\[([?\d;]*)([A-Za-z])$/.exec(token) ?? []
    const number = Number.parseInt(count ?? '', 10) || 1
    if (letter === 'A') this.y = Math.max(0, this.y - number)
    else if (token === '\u001b7') this.saved = { x: this.x, y: this.y }
    else if (token === '\u001b8') Object.assign(this, this.saved)
    else if (letter === 'H') this.x = this.y = 0
    else if (letter === 'J') this.eraseBelow()
    else if (letter !== undefined) return
    else if (token === '\r') this.x = 0
    else if (token === '\n') this.newRow()
    else this.put(token)
  }

  private put(character: string): void {
    if (this.columns > 0 && this.x >= this.columns) {
      this.x = 0
      this.newRow()
    }
    const row = this.rows[this.y] ?? []
    while (row.length < this.x) row.push(' ')
    row[this.x] = character
    this.x += 1
  }

  private newRow(): void {
    this.y += 1
    this.rows[this.y] ??= []
  }

  private eraseBelow(): void {
    this.rows.length = this.y + 1
    this.rows[this.y] = (this.rows[this.y] ?? []).slice(0, this.x)
  }

  /** The rows, without the spaces at their ends. */
  get shown(): readonly string[] {
    return this.rows.map((row) =>
      Array.from(row, (character) => character ?? ' ')
        .join('')
        .trimEnd(),
    )
  }
}

/** The keys of a terminal: what is typed here arrives as keypress events. */
export class Keys extends PassThrough {
  readonly isTTY = true
  isRaw = false

  setRawMode(raw: boolean): this {
    this.isRaw = raw
    return this
  }

  /** Types, and waits until all of it has arrived. */
  async type(text: string): Promise<void> {
    const arrived = new EventEmitter()
    this.once('data', () => arrived.emit('done'))
    const done = once(arrived, 'done')
    this.write(text)
    await done
  }
}
