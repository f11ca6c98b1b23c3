// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPyth} from "@pythnetwork/pyth-sdk-solidity/IPyth.sol";
import {PythStructs} from "@pythnetwork/pyth-sdk-solidity/PythStructs.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {FixedMath} from "../../libraries/FixedMath.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";

/// @title Prices of Pyth feeds, brought on chain by whoever wants them
/// @notice Time is cut into periods, and the one price of a period is the first that was published in it. Of all prices signed so
/// far only one is acceptable in a given block, so nobody can choose the best of several (mechanism section 5).
/// @dev What Pyth's own contract stores is never read: anyone can put any newer price there. A signer of updates is trusted no
/// further than Pyth's verification goes. No money stays here: an update pays Pyth's fee and returns the rest, or reverts.
contract PythSource is IPriceSource, AccessManaged, ReentrancyGuardTransient {
    /// @notice One market's feed.
    /// @param id Pyth's name of the feed; zero removes it
    /// @param maxAge seconds after which a price is stale
    /// @param period seconds in which there is one price: how long a price can be withheld or brought at will. The shorter the
    /// better; at most maxAge
    /// @param depth weight in the index, quote, whole units
    struct Feed {
        bytes32 id;
        uint32 maxAge;
        uint16 period;
        uint32 depth;
    }

    /// @notice A price as it was signed, value and time in one slot: price * 10^exponent, +- confidence * 10^exponent.
    struct Signed {
        int64 price;
        uint64 confidence;
        int32 exponent;
        uint64 publishedAt;
    }

    uint256 private constant WAD = 1e18;
    int256 private constant MIN_EXPONENT = -36;
    int256 private constant MAX_EXPONENT = 18;

    /// @notice The market has no feed.
    error FeedNotSet(uint8 market);

    /// @notice Less was sent than Pyth asks for the update, wei.
    error FeeNotPaid(uint256 sent, uint256 fee);

    /// @notice What Pyth returned is of another feed, or was published outside the present period so far.
    error NotThePrice(bytes32 id, uint256 publishedAt, uint256 from, uint256 to);

    /// @notice The caller does not take back what it sent beyond the fee, wei. Nothing was done and nothing was paid: send the fee.
    error RefundRefused(address caller, uint256 surplus);

    /// @notice A market's feed was set; a zero id removes it.
    event FeedSet(uint8 indexed market, Feed feed);

    /// @notice A period's price was brought.
    /// @param price and `confidence`: times 10^exponent, quote per base
    event PriceBrought(uint8 indexed market, int64 price, uint64 confidence, int32 exponent, uint64 publishedAt);

    /// @notice Where signatures are verified.
    IPyth public immutable PYTH;

    mapping(uint8 market => Feed) private _feeds;
    mapping(uint8 market => Signed) private _latest;

    constructor(IPyth pyth, address authority) AccessManaged(authority) {
        PYTH = pyth;
    }

    /// @inheritdoc IPriceSource
    /// @dev INCOMPLETE until the first update. The price is rounded down and the confidence up, where the exponent is below -18.
    function read(uint8 market) external view returns (Reading memory reading) {
        Feed memory feed = _feeds[market];
        Signed memory latest = _latest[market];
        reading.status = _judge(feed, latest);
        if (reading.status != SourceStatus.OK) return reading;
        (reading.price, reading.confidence) = _scaled(latest);
        if (reading.price == 0 || reading.price > type(uint128).max) {
            return Reading(SourceStatus.OUT_OF_RANGE, 0, 0, 0, 0);
        }
        reading.publishedAt = latest.publishedAt;
        reading.depth = feed.depth * WAD;
    }

    /// @notice Brings the present period's price. Anyone; pays Pyth's fee from what is sent and returns the rest to the caller.
    /// @dev If the period already has its price, everything is returned and nothing else happens: two keepers do not fail each
    /// other. Reverts with FeedNotSet, FeeNotPaid, NotThePrice, RefundRefused, or an error of Pyth's: its
    /// PriceFeedNotFoundWithinRange if `data` is not of the period, is from after this block, or is not the first of the period.
    /// @param data one update as Pyth's service signs it, of this feed only
    /// @return brought whether the price is new
    function update(uint8 market, bytes[] calldata data) external payable nonReentrant returns (bool brought) {
        bytes32 id = _feeds[market].id;
        if (id == 0) revert FeedNotSet(market);
        uint256 from = periodStart(market);
        uint256 fee;
        brought = _latest[market].publishedAt < from;
        if (brought) fee = _bring(market, id, from, data);
        uint256 surplus = msg.value - fee;
        if (surplus == 0) return brought;
        if (!SafeTransferLib.trySafeTransferETH(msg.sender, surplus, gasleft())) {
            revert RefundRefused(msg.sender, surplus);
        }
    }

    /// @notice Sets or removes a market's feed; its price is forgotten. Restricted.
    /// @dev Reverts with ParameterOutOfRange on an age outside a second to an hour, a period outside a second to that age, or no
    /// depth.
    function setFeed(uint8 market, Feed calldata feed) external restricted {
        if (feed.id != 0) {
            ParameterRange.check("maxAge", feed.maxAge, 1, 1 hours);
            ParameterRange.check("period", feed.period, 1, feed.maxAge);
            ParameterRange.check("depth", feed.depth, 1, type(uint32).max);
        }
        _feeds[market] = feed;
        delete _latest[market];
        emit FeedSet(market, feed);
    }

    /// @notice When the present period of a market began, seconds: the first price published since then is the one to bring.
    function periodStart(uint8 market) public view returns (uint256) {
        uint256 period = _feeds[market].period;
        return period == 0 ? block.timestamp : block.timestamp - (block.timestamp % period);
    }

    /// @notice A market's feed as it was set.
    function feedOf(uint8 market) external view returns (Feed memory) {
        return _feeds[market];
    }

    /// @notice The last price brought to a market, as it was signed.
    function latestOf(uint8 market) external view returns (Signed memory) {
        return _latest[market];
    }

    /// @dev A price of a later period is a later price, so time never goes back.
    function _bring(uint8 market, bytes32 id, uint256 from, bytes[] calldata data) private returns (uint256 fee) {
        fee = PYTH.getUpdateFee(data);
        if (msg.value < fee) revert FeeNotPaid(msg.value, fee);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = id;
        (PythStructs.PriceFeed[] memory feeds, ) = PYTH.parsePriceFeedUpdatesWithConfig{value: fee}(
            data,
            ids,
            uint64(from),
            uint64(block.timestamp),
            true,
            true,
            false
        );
        PythStructs.Price memory price = feeds[0].price;
        if (feeds[0].id != id || price.publishTime < from || price.publishTime > block.timestamp) {
            revert NotThePrice(feeds[0].id, price.publishTime, from, block.timestamp);
        }
        uint64 publishedAt = uint64(price.publishTime);
        _latest[market] = Signed(price.price, price.conf, price.expo, publishedAt);
        emit PriceBrought(market, price.price, price.conf, price.expo, publishedAt);
    }

    function _judge(Feed memory feed, Signed memory latest) private view returns (SourceStatus) {
        if (feed.id == 0) return SourceStatus.UNCONFIGURED;
        if (latest.publishedAt == 0) return SourceStatus.INCOMPLETE;
        if (latest.price <= 0) return SourceStatus.NOT_POSITIVE;
        if (latest.exponent < MIN_EXPONENT || latest.exponent > MAX_EXPONENT) return SourceStatus.OUT_OF_RANGE;
        if (latest.publishedAt > block.timestamp) return SourceStatus.FUTURE;
        if (block.timestamp - latest.publishedAt > feed.maxAge) return SourceStatus.STALE;
        return SourceStatus.OK;
    }

    /// @dev Price and confidence as WAD. An int64 times 10^36 fits.
    function _scaled(Signed memory latest) private pure returns (uint256 price, uint256 confidence) {
        (price, confidence) = (uint64(latest.price), latest.confidence);
        int256 power = int256(latest.exponent) + 18;
        if (power >= 0) {
            uint256 factor = 10 ** uint256(power);
            return (price * factor, confidence * factor);
        }
        uint256 divisor = 10 ** uint256(-power);
        return (price / divisor, FixedMath.divUp(confidence, divisor));
    }
}
