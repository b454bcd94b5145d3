# A static program, an unprivileged user and a volume; no shell, no package manager.
# Build arguments name the images, so that a build can pin them by digest.
ARG GO_IMAGE=golang:1.26-bookworm

FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS=linux TARGETARCH=amd64
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -ldflags=-buildid= -o /rootfs/usr/bin/bailiwick ./cmd/bailiwick \
 && mkdir -p /rootfs/data /rootfs/etc/ssl/certs /rootfs/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/ \
 && printf 'bailiwick:x:65532:65532::/data:/sbin/nologin\n' > /rootfs/etc/passwd \
 && printf 'bailiwick:x:65532:\n' > /rootfs/etc/group \
 && chmod 0700 /rootfs/data && chmod 1777 /rootfs/tmp

FROM scratch
COPY --from=build /rootfs/usr /usr
COPY --from=build /rootfs/etc /etc
COPY --from=build /rootfs/tmp /tmp
COPY --from=build --chown=65532:65532 /rootfs/data /data
USER 65532:65532
ENV BAILIWICK_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["/usr/bin/bailiwick", "doctor", "--probe"]
ENTRYPOINT ["/usr/bin/bailiwick"]
CMD ["serve"]
