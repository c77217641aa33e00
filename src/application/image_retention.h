// Removes the images that nobody needs any more (core/image/retention.h), after each deployment that ends. Only what
// the journal and the records of builds name is ever removed: by name, never by force, never by a general clean-up.
// Looking for them keeps nobody waiting; only while something is really removed do those wait who work with images.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "application/controller.h"
#include "application/image_gate.h"
#include "core/image/retention.h"
#include "ports/image_records.h"
#include "ports/image_store.h"
#include "ports/own_registry.h"

namespace sluice::application {

struct ImageRetentionPorts {
  ports::Clock& clock;
  ports::Executor& executor;
  ports::Journal& journal;
  ports::ImageRecords& records;
  ports::ImageStore& store;
  ports::OwnRegistry& registry;
  std::function<void(const std::string&)> log;  ///< From any thread: what was removed, and what could not be.
};

/// On the strand. Observes the controller, which it must not outlive.
class ImageRetention final : public ControllerObserver, public std::enable_shared_from_this<ImageRetention> {
 public:
  static std::shared_ptr<ImageRetention> create(const Controller& controller, std::shared_ptr<ImageGate> gate,
                                                ImageRetentionPorts ports);

  void on_event(const Deployment& deployment, const rollout::Event& event, TimePoint at) override;
  void on_given_up(const std::string&) override { prune_soon(); }
  void on_watch(const Deployment&, TimePoint) override {}

  /// Looks for what can go, and removes it as soon as no deployment is under way and nobody works with images.
  void prune();

 private:
  ImageRetention(const Controller& controller, std::shared_ptr<ImageGate> gate, ImageRetentionPorts ports)
      : controller_(controller), gate_(std::move(gate)), ports_(std::move(ports)) {}
  /// Names and references that are still there. Those seen to be gone are not looked for again until they were needed.
  struct Found {
    std::set<std::string> there;
    std::set<std::string> gone;
  };
  using Work = std::function<void(const std::vector<image::ServiceImages>&)>;

  void prune_soon();
  /// Calls `work` off the strand with what was deployed, unless something is being deployed; then `done` on the strand.
  void with_deployed_images(Work work, std::function<void()> done);
  bool is_deploying() const;
  Result<std::vector<image::ServiceImages>> deployed_images() const;
  Result<image::RemovableImages> removable_images(std::vector<image::ServiceImages> deployed) const;
  Result<Found> find(const std::vector<image::ServiceImages>& deployed, const std::set<std::string>& gone) const;
  Status remove(const std::vector<image::ServiceImages>& deployed, const std::set<std::string>& there);
  int remove_names(const image::RemovableImages& removable);
  Status remove_from_registries(const std::set<std::string>& references);

  const Controller& controller_;
  std::shared_ptr<ImageGate> gate_;
  ImageRetentionPorts ports_;
  bool is_scheduled_ = false;
  std::set<std::string> gone_;
};

}  // namespace sluice::application
