# docker build --tag trickbench .                                            on CPUs
# docker build --tag trickbench --build-arg BASE=nvidia/cuda:13.0.1-runtime-ubuntu24.04 .
# docker run --rm --volume "$PWD:/work" trickbench ablate quickstart        on GPUs with --gpus all; for num_workers --ipc host
# Tried: built by buildah on a bare Debian 12, and trained in it on a CPU. Not tried: the base with CUDA.
ARG BASE=python:3.12-slim
FROM ${BASE}
# Whichever version of venv the base has will do.
# hadolint ignore=DL3008
RUN python3 -c 'import ensurepip' 2> /dev/null \
    || (apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*)
RUN python3 -m venv /opt/trickbench
ENV PATH=/opt/trickbench/bin:$PATH OMP_NUM_THREADS=1
COPY . /src
# For a smaller image on CPUs: --build-arg INDEX=… of an index that has torch without CUDA.
ARG INDEX=""
RUN pip install --no-cache-dir --no-compile ${INDEX:+--extra-index-url "$INDEX"} --constraint /src/constraints.txt "/src[pretrained]"
WORKDIR /work
ENTRYPOINT ["trickbench"]
