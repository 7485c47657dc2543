/** One word of a text, in the three forms that matching needs. */
export interface Word {
  /** As spoken, without punctuation around it. */
  readonly text: string
  readonly lower: string
  readonly stem: string
  /** Whether punctuation that ends a clause follows. */
  readonly endsClause: boolean
}

/** The words of a text in order; signs inside a word (`A-1042`, `ada@example.org`) stay. */
export function words(text: string): readonly Word[] {
  return text
    .split(/\s+/)
    .slice(0, WORDS_MAX)
    .map((raw) => {
      const bare = raw.replace(/^[^\p{L}\p{N}€$£#+-]+|[^\p{L}\p{N}%]+$/gu, '')
      const plain = bare.replace(/(?<=\p{L})['’]s$/u, '')
      return { text: plain, lower: plain.toLowerCase(), stem: stem(plain), endsClause: /[.,;:!?]["”')]*$/.test(raw) }
    })
    .filter((word) => word.text !== '')
}

/** A light stem: `orders`, `ordering` and `ordered` become `order`; accents and case are dropped. */
export function stem(word: string): string {
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  if (plain.length <= 3 || /\d/.test(plain)) return plain
  return plain
    .replace(/ies$/, 'y')
    .replace(/(?<=[^s])s$/, '')
    .replace(/(?<=..[^\Waeiou])(?:ing|ed)$/, '')
    .replace(/([^\Waeiouls])\1$/, '$1')
    .replace(/(?<=...)e$/, '')
}

/** `order_id` and `orderId` as `order id`. */
export function inWords(name: string): string {
  return name.replaceAll(/[_-]+/g, ' ').replaceAll(/([a-z])([A-Z])/g, (_, low, high) => `${low} ${high.toLowerCase()}`)
}

/** The stems in a name or text, with `lookup_order` and `lookUpOrder` split; without stop-words. */
export function stemsOf(text: string): ReadonlySet<string> {
  return new Set(
    words(inWords(text))
      .filter((word) => !isStopWord(word))
      .map((word) => word.stem),
  )
}

/** Whether a word says nothing about which tool is meant. */
export function isStopWord(word: Word): boolean {
  return STOP_WORDS.has(word.lower.replaceAll('’', "'"))
}

/** The most words used of a caller's turn. */
const WORDS_MAX = 400

const STOP_WORDS = new Set(
  `a about all also am an and any are as at be because been before but by bye goodbye can can't could did do does doing don't for from
  get give go going got had has have having he hello help her here hey hi him his how i i'd i'll i'm i've if in into is it it's its just
  kindly know let let's like look make may me might more my need no not now of off ok okay on one or our out please put right say
  see set shall she should so some tell thank thanks that that's the their them then there these they this those to today tomorrow
  tonight up us use using very want was we were what what's when where where's which while who who's why will with would yes you your`.split(
    /\s+/,
  ),
)
