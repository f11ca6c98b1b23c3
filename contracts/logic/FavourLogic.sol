// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {Phase, Price, Validity} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";

/// @title The most an account may be worth, for whoever wants to liquidate it
/// @notice Mechanism sections 5 and 7, linked into the liquidation engine so that its own code stays small.
library FavourLogic {
    /// @notice Health at the price of every position that favours the account among those that may be right. Of an uncertain price:
    /// a long at mark plus confidence, a short at mark less confidence, spot at index plus confidence; a covered short and its spot
    /// at neither, as one makes good what the other loses. A price worse than UNCERTAIN may be anything from nothing to double, so
    /// that dust in a market whose price is dead shields nothing but itself. Where the guard holds a market, the index if
    /// it is better than the mark: whoever only a squeezed book has brought under stays, whoever the index brings under as well
    /// is liquidated without delay. Spot is at the index anyway, so this holds for covered shorts too.
    /// @param ledger the clearing house
    /// @param markPrice where prices come from
    /// @param atMark equity at mark, quote, WAD
    /// @param marginAtMark maintenance margin at mark, quote, WAD
    /// @param markets bit m: the account holds a position in market m
    /// @param assets bit a: the account holds spot asset a
    /// @return equity quote, WAD, rounded for the account
    /// @return maintenance quote, WAD
    function favour(
        address ledger,
        address markPrice,
        uint32 account,
        int256 atMark,
        uint256 marginAtMark,
        uint256 markets,
        uint256 assets
    ) external view returns (int256 equity, uint256 maintenance) {
        (equity, maintenance) = (atMark, marginAtMark);
        for (; markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            (uint256 gain, uint256 margin, bool long) = _ofMarket(ledger, markPrice, account, market);
            equity += int256(gain);
            maintenance = long ? maintenance + margin : maintenance - FixedMath.min(maintenance, margin);
        }
        for (; assets != 0; assets &= assets - 1) {
            equity += _ofSpot(ledger, markPrice, account, uint8(LibBit.ffs(assets)));
        }
    }

    /// @notice How far the mark is beyond the index, against a position, while the guard holds the market; nothing otherwise.
    function uncorroborated(Price memory price, bool long) internal pure returns (uint256) {
        if (price.phase == Phase.OPEN) return 0;
        return long ? Math.saturatingSub(price.index, price.mark) : Math.saturatingSub(price.mark, price.index);
    }

    /// @notice Spot of an account that covers no short, WAD.
    function uncovered(address ledger, uint32 account, uint8 asset, uint8 market) public view returns (uint256 amount) {
        (amount, , ) = IClearingHouse(ledger).spotBalance(account, asset);
        uint256 covered = IClearingHouse(ledger).positionOf(account, market).covered;
        if (covered != 0 && IClearingHouse(ledger).marketConfig(market).spotAsset == asset + 1) amount -= covered;
    }

    /// @notice The bound of a liquidation kept inside the guard's band, beyond which nothing trades while it holds the market.
    function guarded(address markPrice, uint8 market, bool long, uint256 limit) external view returns (uint256) {
        Price memory price = IMarkPrice(markPrice).peek(market);
        (uint256 low, uint256 high) = IMarkPrice(markPrice).guard().tradingBand(market, price.phase, price.index);
        return long ? FixedMath.max(limit, low) : FixedMath.min(limit, high);
    }

    /// @dev What a market may add to equity, and what that changes of its maintenance: more for a long, less for a short.
    function _ofMarket(
        address ledger,
        address markPrice,
        uint32 account,
        uint8 market
    ) private view returns (uint256 gain, uint256 margin, bool long) {
        Price memory price = IMarkPrice(markPrice).peek(market);
        if (price.validity == Validity.VALID && price.phase == Phase.OPEN) return (0, 0, true);
        IClearingHouse.PositionView memory position = IClearingHouse(ledger).positionOf(account, market);
        uint256 size = FixedMath.abs(position.size);
        long = position.size > 0;
        gain = FixedMath.wadUp(size - position.covered, _doubt(price, price.mark));
        gain += FixedMath.wadUp(size, uncorroborated(price, long));
        uint256 rate = (uint256(IClearingHouse(ledger).marketConfig(market).initialMarginRate) * WAD) / PPM / 2;
        margin = FixedMath.wadDown(gain, rate);
    }

    /// @dev Never nothing where the price is not VALID: what that spot sells for is in doubt, however little it is.
    function _ofSpot(address ledger, address markPrice, uint32 account, uint8 asset) private view returns (int256) {
        SpotAsset memory spot = IClearingHouse(ledger).spotAsset(asset);
        Price memory price = IMarkPrice(markPrice).peek(spot.market);
        if (price.validity == Validity.VALID) return 0;
        uint256 amount = uncovered(ledger, account, asset, spot.market);
        uint256 gain = FixedMath.wadUp(amount, _doubt(price, price.index));
        return int256((gain * (PPM - spot.haircut)) / PPM + 1);
    }

    function _doubt(Price memory price, uint256 value) private pure returns (uint256) {
        if (price.validity == Validity.VALID) return 0;
        return price.validity == Validity.UNCERTAIN ? price.confidence : value;
    }
}
