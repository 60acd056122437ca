#!/usr/bin/env bash
# All that is tried on a machine with a GPU: bash tests/gpu/run.sh, from a checkout that need not be installed; results into $OUT.
# The machine needs Python 3.11 or later with NumPy, pandas, matplotlib, scikit-learn, rich, jinja2, packaging and psutil, and PyTorch
# or JAX; no network. Fashion-MNIST's four files lie in .gpu/ (or $FAIRFIT_DATA); packages that the machine lacks lie in .gpu/packages/.
# In order: what the machine is; are fences held; do all cells on the device train to the reference's weights; then the times.
# DEVICES=cpu tries the script itself where there is no GPU. It takes at most LIMIT seconds, and leaves out what no time is left for.
set -u -o pipefail
cd "$(dirname "$0")/../.."
OUT=${OUT:-results/gpu}
PY=${PY:-python3}
DEVICES=${DEVICES:-gpu:0}
SPECS=${SPECS:-"article-linear article-softmax fashion-mnist"}
FRAMEWORKS=${FRAMEWORKS:-mxnet,tensorflow,pytorch,jax,numpy}
GENERATIONS=${GENERATIONS:-5}
LIMIT=${LIMIT:-480}
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
if ! "$PY" -c 'import fairfit' 2>/dev/null; then # the folders of the checkout under their import names, and what pip would know of it
  packages=$OUT/packages
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
  mkdir -p "$packages/fairfit" "$packages/fairfit-$version.dist-info"
  ln -sfn "$PWD/models" "$PWD/frameworks" "$PWD"/compare/* "$packages/fairfit/"
  printf 'Metadata-Version: 2.1\nName: fairfit\nVersion: %s\n' "$version" >"$packages/fairfit-$version.dist-info/METADATA"
  PYTHONPATH=$packages${PYTHONPATH:+:$PYTHONPATH}
fi
[ -d .gpu/packages ] && PYTHONPATH=$PWD/.gpu/packages${PYTHONPATH:+:$PYTHONPATH}
export FAIRFIT_DATA=${FAIRFIT_DATA:-$PWD/.gpu} PYTHONPATH=${PYTHONPATH:-} COLUMNS=160
began=$(date +%s)
failed=0

left() { echo $((LIMIT - ($(date +%s) - began))); }

step() { # NAME SECONDS COMMAND...: into the log, never longer than SECONDS or than what is left
  local name=$1 most=$2 now rc
  shift 2
  now=$(left)
  if [ "$now" -lt 15 ]; then
    echo "== $name: left out, no time is left" | tee -a "$OUT/log.txt"
    failed=1
    return
  fi
  [ "$most" -gt "$now" ] && most=$now
  echo "== $name (at most $most s of $now s)" | tee -a "$OUT/log.txt"
  timeout --kill-after=5 "$most" "$@" 2>&1 | tee -a "$OUT/log.txt"
  rc=${PIPESTATUS[0]}
  echo "== $name: exit $rc after $((now - $(left))) s" | tee -a "$OUT/log.txt"
  [ "$rc" -eq 0 ] || [ "$rc" -eq 3 ] || failed=1 # 3: a framework that cannot be had here
}

fairfit=("$PY" -m fairfit)
device=${DEVICES%%,*}

step machine 30 bash -c 'nvidia-smi --query-gpu=name,uuid,driver_version,memory.total,clocks.sm,clocks.mem --format=csv; nproc; lscpu | grep "Model name"' || true
step doctor 60 "${fairfit[@]}" doctor
for framework in ${FRAMEWORKS//,/ }; do
  step "fences of $framework" 60 "$PY" -m tests.gpu.fences --framework "$framework" --device "$device"
done
# shellcheck disable=SC2086
step prove 120 "${fairfit[@]}" prove $SPECS --frameworks "$FRAMEWORKS" --devices "$DEVICES" --input resident --out "$OUT/proof"
budget=$(($(left) - 45)) # for the end of the last generation, and the report
# shellcheck disable=SC2086
step run "$((budget + 30))" "${fairfit[@]}" run $SPECS --frameworks "$FRAMEWORKS" --devices "$DEVICES" --threads 1 --input resident \
  --topics none --generations "$GENERATIONS" --blocks 4 --budget "${budget}s" --time-limit 2m --no-lock --out "$OUT/run"

for kind in proof run; do # one file each, for whoever fetches them
  [ -d "$OUT/$kind" ] && tar -czf "$OUT/$kind.tar.gz" --exclude=scratch -C "$OUT" "$kind"
done
rm -rf "$OUT/packages"
echo "done after $(($(date +%s) - began)) s; in $OUT: $(ls "$OUT" | tr '\n' ' ')"
exit "$failed"
