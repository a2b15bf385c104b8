import type fc from 'fast-check'
import type { Browser } from './browser.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** A world with its browsers, and tabs that do only what they are told. */
export interface Stage {
  world: World
  browsers: Browser[]
  tabs: Tab[]
}

/** Something that somebody begins; it goes on while other things begin. */
export class Act implements fc.AsyncCommand<object, Stage, true> {
  readonly #name: string
  readonly #begin: (stage: Stage) => void

  constructor(name: string, begin: (stage: Stage) => void) {
    this.#name = name
    this.#begin = begin
  }

  async check(): Promise<boolean> {
    return true
  }

  async run(_: object, stage: Stage): Promise<void> {
    this.#begin(stage)
  }

  toString(): string {
    return this.#name
  }
}
