/** A Python float: kept apart from an int, since `5.0` must print as `5.0` and `5` as `5`. */
export class Float {
  constructor(readonly value: number) {}
  valueOf(): number {
    return this.value;
  }
  toJSON(): number {
    return this.value;
  }
}
