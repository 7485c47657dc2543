/** The globals of an AudioWorklet, which TypeScript's DOM library leaves out. */
declare const sampleRate: number
declare function registerProcessor(name: string, processor: new (options: AudioWorkletNodeOptions) => object): void
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
