/** What is wrong with a query, and where: characters `start` to `end` of its text. */
export class QueryError extends Error {
  /**
   * @param {string} message
   * @param {number} start
   * @param {number} end
   */
  constructor(message, start, end) {
    super(message);
    this.name = "QueryError";
    this.start = start;
    this.end = end;
  }
}
