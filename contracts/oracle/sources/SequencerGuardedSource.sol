// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../../interfaces/AggregatorV3Interface.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";

/// @title Any source on a rollup, silent while the sequencer is down and for a while after
/// @notice While it is down nobody can answer a price, and when it returns prices jump at once: for the grace period holders may
/// add margin or reduce before they can be liquidated (mechanism section 5). On a chain without a sequencer the source is used bare.
/// @dev The uptime feed is Chainlink's: answer 0 while up, 1 while down, `startedAt` the last change. It is given with the source at
/// construction, so there is nothing to set.
contract SequencerGuardedSource is IPriceSource {
    /// @notice The source that speaks while the sequencer is up.
    IPriceSource public immutable SOURCE;

    /// @notice The chain's uptime feed.
    AggregatorV3Interface public immutable UPTIME_FEED;

    /// @notice Seconds after a restart for which the source stays silent.
    uint256 public immutable GRACE;

    /// @dev Reverts with ParameterOutOfRange unless the grace is a minute to a day.
    constructor(IPriceSource source, AggregatorV3Interface uptimeFeed, uint256 grace) {
        ParameterRange.check("grace", grace, 1 minutes, 1 days);
        (SOURCE, UPTIME_FEED, GRACE) = (source, uptimeFeed, grace);
    }

    /// @inheritdoc IPriceSource
    /// @dev The reading of the source itself, unless the uptime feed says otherwise or nothing.
    function read(uint8 market) external view returns (Reading memory reading) {
        reading.status = _sequencer();
        if (reading.status != SourceStatus.OK) return reading;
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(SOURCE),
            gasleft(),
            abi.encodeCall(IPriceSource.read, (market))
        );
        if (outcome != BoundedCall.Outcome.OK || words[0] > uint256(type(SourceStatus).max)) {
            reading.status =
                outcome == BoundedCall.Outcome.UNREACHABLE ? SourceStatus.UNREACHABLE : SourceStatus.MALFORMED;
            return reading;
        }
        return Reading(SourceStatus(words[0]), words[1], words[2], words[3], words[4]);
    }

    /// @dev OK, or why the chain is not to be trusted with prices now.
    function _sequencer() private view returns (SourceStatus) {
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(UPTIME_FEED),
            gasleft(),
            abi.encodePacked(AggregatorV3Interface.latestRoundData.selector)
        );
        (uint256 answer, uint256 startedAt) = (words[1], words[2]);
        if (outcome == BoundedCall.Outcome.UNREACHABLE) return SourceStatus.UNREACHABLE;
        if (outcome == BoundedCall.Outcome.MALFORMED || answer > 1) return SourceStatus.MALFORMED;
        if (startedAt > block.timestamp) return SourceStatus.FUTURE;
        if (startedAt == 0) return SourceStatus.INCOMPLETE;
        if (answer == 1) return SourceStatus.SEQUENCER_DOWN;
        if (block.timestamp - startedAt < GRACE) return SourceStatus.SEQUENCER_RESTARTED;
        return SourceStatus.OK;
    }
}
