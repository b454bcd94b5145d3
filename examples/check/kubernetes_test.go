package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// manifests reads every object strictly: a kind, a key or a type that Kubernetes does not have is an error.
func manifests(t *testing.T) []runtime.Object {
	t.Helper()
	var all []runtime.Object
	err := filepath.WalkDir("../kubernetes", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		objects, err := decode(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, objects...)
		return nil
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d objects: %v", len(all), err)
	}
	return all
}

func decode(text []byte) ([]runtime.Object, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(core.AddToScheme(scheme), apps.AddToScheme(scheme), networking.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	strict := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var all []runtime.Object
	for documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		object, _, err := strict.Decode(document, nil, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, object)
	}
}

// of are the objects of one type, by their names.
func of[T interface {
	runtime.Object
	GetName() string
}](all []runtime.Object) map[string]T {
	found := map[string]T{}
	for _, object := range all {
		if o, is := object.(T); is {
			found[o.GetName()] = o
		}
	}
	return found
}

func TestKubernetesStrictness(t *testing.T) {
	for wrong, because := range map[string]string{
		"apiVersion: v1\nkind: Service\nspec: {ports: [{prot: 80}]}":                  "unknown field",
		"apiVersion: v1\nkind: Service\nspec: {ports: [{port: eighty}]}":              "cannot unmarshal",
		"apiVersion: v1\nkind: Serv1ce\n":                                             "no kind",
		"apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 1}\nspec: {}":        "already set",
		"apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {image: x}}}": "unknown field",
	} {
		if _, err := decode([]byte(wrong)); err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%s: %v, want %q", wrong, err, because)
		}
	}
}

func TestKubernetesConfigurationIsRead(t *testing.T) {
	maps := of[*core.ConfigMap](manifests(t))
	readsConfiguration(t, maps["bailiwick"].Data["bailiwick.yaml"])
}

// TestKubernetesNamesMeet: what an object refers to is there under that name.
func TestKubernetesNamesMeet(t *testing.T) {
	all := manifests(t)
	claims, configurations := of[*core.PersistentVolumeClaim](all), of[*core.ConfigMap](all)
	secrets := append(slices.Collect(maps.Keys(of[*core.Secret](all))), "bailiwick-tls") // made by a command
	deployments := of[*apps.Deployment](all)
	for name, d := range deployments {
		if !maps.Equal(d.Spec.Selector.MatchLabels, d.Spec.Template.Labels) {
			t.Errorf("deployment %s selects %v and makes %v", name, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels)
		}
		volumes := map[string]bool{}
		for _, v := range d.Spec.Template.Spec.Volumes {
			volumes[v.Name] = true
			if c := v.PersistentVolumeClaim; c != nil && claims[c.ClaimName] == nil {
				t.Errorf("deployment %s claims %s", name, c.ClaimName)
			}
			if c := v.ConfigMap; c != nil && configurations[c.Name] == nil {
				t.Errorf("deployment %s mounts the configuration %s", name, c.Name)
			}
			if s := v.Secret; s != nil && !slices.Contains(secrets, s.SecretName) {
				t.Errorf("deployment %s mounts the secret %s", name, s.SecretName)
			}
		}
		for _, c := range d.Spec.Template.Spec.Containers {
			for _, m := range c.VolumeMounts {
				if !volumes[m.Name] {
					t.Errorf("container %s mounts %s, which is no volume", c.Name, m.Name)
				}
			}
		}
	}
	for name, s := range of[*core.Service](all) {
		pods := podsOf(deployments, labels.SelectorFromSet(s.Spec.Selector))
		if len(pods) != 1 || !hasPort(deployments[pods[0]], s.Spec.Ports[0].TargetPort.StrVal) {
			t.Errorf("service %s leads to %q port %s", name, pods, s.Spec.Ports[0].TargetPort.StrVal)
		}
	}
}

func podsOf(deployments map[string]*apps.Deployment, chosen labels.Selector) []string {
	var found []string
	for name, d := range deployments {
		if chosen.Matches(labels.Set(d.Spec.Template.Labels)) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

func hasPort(d *apps.Deployment, name string) bool {
	for _, c := range d.Spec.Template.Spec.Containers {
		for _, p := range c.Ports {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}

// TestKubernetesOnlyTheGateReachesDagster holds what the policies are for.
func TestKubernetesOnlyTheGateReachesDagster(t *testing.T) {
	all := manifests(t)
	deployments := of[*apps.Deployment](all)
	closed := false
	for name, policy := range of[*networking.NetworkPolicy](all) {
		chosen, err := meta.LabelSelectorAsSelector(&policy.Spec.PodSelector)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(policy.Spec.PolicyTypes, []networking.PolicyType{networking.PolicyTypeIngress}) {
			t.Errorf("policy %s is about %v", name, policy.Spec.PolicyTypes)
		}
		pods := podsOf(deployments, chosen)
		closed = closed || len(pods) == len(deployments) && len(policy.Spec.Ingress) == 0
		if !slices.Contains(pods, "dagster") {
			continue
		}
		for _, way := range policy.Spec.Ingress {
			if len(way.From) != 1 || way.From[0].PodSelector == nil || way.From[0].NamespaceSelector != nil || way.From[0].IPBlock != nil {
				t.Fatalf("policy %s lets others than pods of this namespace in: %+v", name, way.From)
			}
			from, err := meta.LabelSelectorAsSelector(way.From[0].PodSelector)
			if err != nil {
				t.Fatal(err)
			}
			if who := podsOf(deployments, from); !slices.Equal(who, []string{"bailiwick"}) {
				t.Errorf("policy %s lets %q reach Dagster", name, who)
			}
			if len(way.Ports) != 1 || !hasPort(deployments["dagster"], way.Ports[0].Port.StrVal) {
				t.Errorf("policy %s opens %v", name, way.Ports)
			}
		}
	}
	if !closed {
		t.Error("no policy closes the namespace")
	}
	for name, s := range of[*core.Service](all) {
		if s.Spec.Type != "" && s.Spec.Type != core.ServiceTypeClusterIP {
			t.Errorf("service %s is of type %s", name, s.Spec.Type)
		}
	}
}

// TestKubernetesPodsAreRestricted: the namespace admits no others.
func TestKubernetesPodsAreRestricted(t *testing.T) {
	for name, d := range of[*apps.Deployment](manifests(t)) {
		pod := d.Spec.Template.Spec
		if s := pod.SecurityContext; s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.SeccompProfile == nil || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("deployment %s: %+v", name, s)
		}
		for _, c := range pod.Containers {
			s := c.SecurityContext
			if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) {
				t.Errorf("container %s of %s: %+v", c.Name, name, s)
			}
		}
	}
}
