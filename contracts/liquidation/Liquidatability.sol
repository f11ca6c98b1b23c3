// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";
import {LiquidationMath} from "../libraries/LiquidationMath.sol";
import {FavourLogic} from "../logic/FavourLogic.sol";
import {Account, Health} from "../types/Account.sol";
import {MarketConfig} from "../types/Market.sol";
import {Action, Phase, Validity} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {LiquidationSettings} from "./LiquidationSettings.sol";

/// @title Who may be liquidated, at which price, and the sale of spot collateral
/// @notice Mechanism sections 4, 5 and 7. What the views say and what the waterfall does comes from the same functions.
abstract contract Liquidatability is LiquidationSettings {
    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @inheritdoc ILiquidationEngine
    function liquidateSpot(
        uint32 account,
        uint32 buyer,
        uint8 asset,
        uint256 amount
    ) external returns (uint256 sold, uint256 paid) {
        if (buyer == account || !LEDGER.mayTrade(buyer, msg.sender)) revert InvalidBuyer(buyer, msg.sender);
        SpotAsset memory spot = LEDGER.spotAsset(asset);
        IClearingHouse.Examination memory found = LEDGER.examine(account, spot.market, Action.LIQUIDATE);
        Health memory health = found.health;
        bool inDebt = health.notional == 0 && health.cash < 0;
        if (!inDebt) _requireLiquidatable(account, spot.market, found);
        uint256 index = MARK_PRICE.priceFor(spot.market, Action.LIQUIDATE).index;
        // What covers a short is sold together with it: see unwindHedge.
        uint256 held = FavourLogic.uncovered(address(LEDGER), account, asset, spot.market);
        sold = FixedMath.min(FixedMath.min(amount, held), _spotNeeded(health, spot, index));
        if (sold == 0) revert NoSpotToSell(account, asset, health.equity, health.maintenanceMargin);
        uint256 price = FixedMath.divUp(FixedMath.wadUp(sold, index) * (PPM - spot.discount), PPM);
        uint256 free = LEDGER.withdrawable(buyer);
        if (price > free) revert BuyerCannotPay(buyer, price, free);
        paid = LEDGER.sellSpot(account, buyer, asset, sold, spot.discount);
        emit SpotLiquidated(account, buyer, asset, sold, paid);
        if (health.notional == 0) _settleDebt(account, spot.market);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @inheritdoc ILiquidationEngine
    function isLiquidatable(uint32 account) external view returns (bool) {
        Health memory health = LEDGER.health(account);
        if (health.equity >= int256(health.maintenanceMargin)) return false;
        Account memory data = LEDGER.accountData(account);
        uint256 held;
        for (uint256 markets = data.openMarkets; markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            if (LEDGER.positionOf(account, market).size != 0) held |= uint256(1) << market;
        }
        (int256 equity, uint256 maintenance) = FavourLogic.favour(
            address(LEDGER),
            address(MARK_PRICE),
            account,
            health.equity,
            health.maintenanceMargin,
            held,
            data.spotAssets
        );
        return equity < int256(maintenance);
    }

    /// @inheritdoc ILiquidationEngine
    function liquidationPrice(uint32 account, uint8 market) external view returns (uint256) {
        IClearingHouse.PositionView memory position = LEDGER.positionOf(account, market);
        if (position.size == 0) return 0;
        Health memory health = LEDGER.health(account);
        MarketConfig memory config = LEDGER.marketConfig(market);
        return
            LiquidationMath.liquidationPrice(
                LiquidationMath.sensitivity(
                    position.size,
                    position.covered,
                    _maintenanceRate(config),
                    _hedgedRate(config)
                ),
                MARK_PRICE.peek(market).mark,
                health.equity,
                health.maintenanceMargin
            );
    }

    /// @inheritdoc ILiquidationEngine
    function bankruptcyPrice(uint32 account, uint8 market) external view returns (uint256) {
        IClearingHouse.PositionView memory position = LEDGER.positionOf(account, market);
        int256 size = position.size;
        uint256 whole = FixedMath.abs(size) - position.covered;
        if (whole == 0) return 0;
        Health memory health = LEDGER.health(account);
        uint256 mark = MARK_PRICE.peek(market).mark;
        uint256 margin = LiquidationMath.maintenanceOf(whole, mark, _maintenanceRate(LEDGER.marketConfig(market)));
        int256 share = LiquidationMath.equityShare(health.equity, margin, health.maintenanceMargin);
        return LiquidationMath.bankruptcyPrice(size > 0, whole, mark, share);
    }

    // ---- debts -------------------------------------------------------------------------------------------------------

    /// @dev The waterfall, see ILiquidationEngine.liquidate.
    function _liquidate(uint32 account, uint8 market) internal virtual returns (uint256 closed);

    /// @dev What an account without positions still owes after its last spot is final.
    function _settleDebt(uint32 account, uint8 market) private {
        bool soldOut = LEDGER.accountData(account).spotAssets == 0;
        if (soldOut && LEDGER.healthFor(account, Action.LIQUIDATE).equity < 0) _liquidate(account, market);
    }

    // ---- who may be liquidated ---------------------------------------------------------------------------------------

    /// @dev Says how much better off the account may be than at mark. `doubt`: what prices that are not VALID, and other
    /// markets that the guard holds, may add to its equity. `gap`: what the index adds in this market while the guard holds it.
    /// The usual account, with one position and no spot, is told by the price already read.
    function _requireLiquidatable(
        uint32 account,
        uint8 market,
        IClearingHouse.Examination memory found
    ) internal view returns (int256 doubt, int256 gap) {
        Health memory health = found.health;
        if (health.equity >= int256(health.maintenanceMargin)) {
            revert NotLiquidatable(account, health.equity, health.maintenanceMargin);
        }
        bool alone = found.heldMarkets == uint16(1) << market && found.spotAssets == 0;
        if (alone && found.price.validity == Validity.VALID && found.price.phase == Phase.OPEN) return (0, 0);
        (int256 equity, uint256 maintenance) = FavourLogic.favour(
            address(LEDGER),
            address(MARK_PRICE),
            account,
            health.equity,
            health.maintenanceMargin,
            found.heldMarkets,
            found.spotAssets
        );
        if (equity >= int256(maintenance)) revert NotLiquidatable(account, equity, maintenance);
        gap = int256(
            FixedMath.wadUp(FixedMath.abs(found.size), FavourLogic.uncorroborated(found.price, found.size > 0))
        );
        doubt = equity - health.equity - gap;
    }

    /// @dev Selling spot ends its haircut at the price of its discount: enough of that to bring the account to its buffer, or
    /// enough proceeds to pay what an account without positions owes.
    function _spotNeeded(Health memory health, SpotAsset memory spot, uint256 index) private view returns (uint256) {
        if (health.notional == 0) {
            uint256 proceeds = (index * (PPM - spot.discount)) / PPM;
            return health.cash >= 0 || proceeds == 0 ? 0 : FixedMath.divUp(uint256(-health.cash) * WAD, proceeds);
        }
        uint256 gain = (index * (spot.haircut - spot.discount)) / PPM;
        int256 target = int256(FixedMath.divUp(health.maintenanceMargin * (PPM + _parameters.buffer), PPM));
        return gain == 0 || health.equity >= target ? 0 : FixedMath.divUp(uint256(target - health.equity) * WAD, gain);
    }

    function _maintenanceRate(MarketConfig memory config) internal pure returns (uint256) {
        return (uint256(config.initialMarginRate) * WAD) / PPM / 2;
    }

    function _hedgedRate(MarketConfig memory config) internal pure returns (uint256) {
        return (uint256(config.hedgedMaintenance) * WAD) / PPM;
    }
}
