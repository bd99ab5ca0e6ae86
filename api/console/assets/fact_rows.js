// Rows of words beside each other: facts, clocks, the checklist, the history.
export default {
  template: `
    <div>
      <div v-for="(row, i) in rows" :key="i" :class="row.classes">
        <template v-if="row.text">{{ row.text }}</template>
        <div v-for="(cell, j) in row.cells" :key="j" :class="cell.classes">{{ cell.text }}</div>
      </div>
    </div>`,
  // rows: [{classes, text, cells: [{classes, text}]}]; a row has text of its own or cells
  props: { rows: Array },
};
