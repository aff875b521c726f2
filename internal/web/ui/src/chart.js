// Draws the tables marked data-chart as charts above themselves: chart and
// table are two views of the same rows, and without JavaScript the table stays.
//   <table data-chart="bar|bars|line|stack|heat"> first column: category, others: series
import { BarChart, HeatmapChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, HeatmapChart, LineChart, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, SVGRenderer])

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const number = (cell) => Number((cell.dataset.value ?? cell.textContent).replace(/[^\d.-]/g, ''))
const text = (cell) => cell.textContent.trim()

function read(table) {
  const names = Array.from(table.tHead.rows[0].cells, text).slice(1)
  const rows = Array.from(table.tBodies[0].rows)
  return {
    names,
    categories: rows.map((row) => text(row.cells[0])),
    values: names.map((_, i) => rows.map((row) => number(row.cells[i + 1]))),
    links: rows.map((row) => row.querySelector('a')?.href),
  }
}

function axes(data) {
  const quiet = { color: css('--xb-quiet'), fontFamily: css('--xb-font') }
  return {
    textStyle: { fontFamily: css('--xb-font') },
    color: ['--xb-chart-1', '--xb-chart-2', '--xb-chart-3', '--xb-chart-4', '--xb-chart-5', '--xb-chart-6'].map(css),
    grid: { left: 8, right: 8, top: data.names.length > 1 ? 36 : 12, bottom: 4, containLabel: true },
    tooltip: { trigger: 'axis', renderMode: 'richText', axisPointer: { type: 'shadow' } },
    legend: { show: data.names.length > 1, top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: 'roundRect', textStyle: quiet },
    xAxis: { type: 'category', data: data.categories, axisLabel: quiet, axisTick: { show: false }, axisLine: { lineStyle: { color: css('--xb-line') } } },
    yAxis: { type: 'value', minInterval: 1, axisLabel: quiet, splitLine: { lineStyle: { color: css('--xb-line') } } },
  }
}

function plain(data, kind) {
  const type = kind === 'line' ? 'line' : 'bar'
  return {
    ...axes(data),
    series: data.names.map((name, i) => ({
      name, type, data: data.values[i], stack: kind === 'stack' ? 'all' : undefined, barMaxWidth: 28, symbolSize: 5,
    })),
  }
}

// lying draws bars from left to right: long names keep their room.
function lying(data) {
  const { xAxis, yAxis, ...base } = plain(data, 'bar')
  const label = { ...xAxis.axisLabel, width: 128, overflow: 'truncate', interval: 0 }
  return { ...base, xAxis: yAxis, yAxis: { ...xAxis, inverse: true, axisLabel: label } }
}

function heat(data) {
  const cells = data.values.flatMap((column, x) => column.map((value, y) => [x, y, value]))
  const base = axes(data)
  return {
    ...base,
    legend: { show: false },
    tooltip: { renderMode: 'richText', trigger: 'item' },
    xAxis: { ...base.xAxis, data: data.names },
    yAxis: { ...base.xAxis, data: data.categories, inverse: true },
    visualMap: { show: false, min: 0, max: Math.max(1, ...cells.map((c) => c[2])), inRange: { color: [css('--xb-heat-0'), css('--xb-heat-1')] } },
    series: [{ type: 'heatmap', data: cells, label: { show: true } }],
  }
}

function draw(table) {
  const data = read(table)
  const box = document.createElement('div')
  box.className = 'chart'
  box.setAttribute('aria-hidden', 'true')
  if (table.dataset.chart === 'bars') box.style.height = `${Math.max(12, data.categories.length * 1.5 + 3)}rem` // every bar has its name
  table.before(box)
  const chart = init(box, null, { renderer: 'svg' })
  const kind = table.dataset.chart
  chart.setOption({ animation: false, ...(kind === 'heat' ? heat(data) : kind === 'bars' ? lying(data) : plain(data, kind)) })
  chart.on('click', (at) => { const to = data.links[at.dataIndex]; if (to && table.dataset.chart !== 'heat') location.href = to })
  new ResizeObserver(() => chart.resize()).observe(box)
}

document.querySelectorAll('table[data-chart]').forEach(draw)
